import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// The same random topologies must come to the same committed results in every world that runs them, and those are the
/// results of a plain evaluation.
@Suite("Random topologies in all worlds", .serialized)
struct RandomTopologyTests {
    @Test("the test driver with one task", arguments: Seeds.first(30, of: 60))
    func oneTask(seed: UInt64) throws {
        let plan = try RandomTopology(seed: seed)
        let driver = try TopologyTestDriver(plan.topology)
        defer { driver.close() }
        for event in plan.events where plan.inputs.contains(event.topic) { try driver.send(event) }
        #expect(plan.differences(try driver.outputs(of: plan)) == [], "\(plan)")
    }

    @Test("the test driver with partitions, commits and crashes at random", arguments: Seeds.first(40, of: 80))
    func scheduled(seed: UInt64) throws {
        let plan = try RandomTopology(seed: seed)
        var random = SeededGenerator(seed: seed)
        let schedule = Schedule(&random)
        let driver = try schedule.feed(plan.topology, plan.events.filter { plan.inputs.contains($0.topic) })
        defer { driver.close() }
        #expect(plan.differences(try driver.outputs(of: plan)) == [], "\(plan), \(schedule)")
    }

    @Test("one instance on the embedded broker", .timeLimit(.minutes(2)), arguments: 0..<3 as Range<UInt64>)
    func oneInstance(seed: UInt64) throws {
        let plan = try RandomTopology(seed: seed, events: 300)
        let world = try BrokerWorld(plan)
        let application = try world.application(
            1, threads: seed % 2 == 0 ? 1 : 2, emission: seed % 2 == 0 ? .everyUpdate : .coalesced)
        try world.produce(plan.events.prefix(100))
        try application.start()
        try world.produce(plan.events.dropFirst(100))
        #expect(try world.differences(timeout: .seconds(20)) == [], "\(plan)")
        #expect(application.close() && application.error == nil, "\(plan): \(String(describing: application.error))")
        #expect(try world.differences(timeout: .zero) == [], "after the end, \(plan)")
    }

    @Test("two instances, one of which is killed", .timeLimit(.minutes(2)), arguments: 0..<3 as Range<UInt64>)
    func killed(seed: UInt64) throws {
        let plan = try RandomTopology(seed: seed, events: 400)
        let world = try BrokerWorld(plan)
        let emission: EmissionPolicy = seed % 2 == 0 ? .coalesced : .everyUpdate
        let first = try world.application(1, threads: 1, emission: emission)
        let second = try world.application(2, threads: 1, emission: emission)
        try first.start()
        try second.start()
        try world.produce(plan.events.prefix(100))
        let deadline = ContinuousClock.now + .seconds(10)
        let pause = Monitor(false)
        while ContinuousClock.now < deadline,
            first.metrics.processedRecords == 0 || second.metrics.tasks.allSatisfy(\.isRestoring)
        {
            _ = pause.wait(timeout: .milliseconds(5)) { $0 }
        }
        try world.produce(plan.events[100..<250])
        first.abandon()
        try world.produce(plan.events[250...])
        #expect(try world.differences(timeout: .seconds(20)) == [], "\(plan)")
        #expect(second.close() && second.error == nil, "\(plan): \(String(describing: second.error))")
    }
}

extension TopologyTestDriver {
    func outputs(of plan: RandomTopology) throws -> [String: [Record<String, Int64>]] {
        var found: [String: [Record<String, Int64>]] = [:]
        for topic in plan.outputs { found[topic] = try outputTopic(topic, key: .string, value: .int64).readAll() }
        return found
    }
}
