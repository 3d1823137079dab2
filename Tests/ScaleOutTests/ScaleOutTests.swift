import EngineKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

/// Three processes share an application over brokers that they reach by TCP. Every few seconds one of them is killed
/// with SIGKILL, or stopped for longer than its session and let go on, while events are written. The environment
/// variable MILLRACE_SCALE_OUT_SECONDS says how long (20 s where it does not), MILLRACE_SEED how the dice fall.
///
/// Exactly once, the committed output is that of a plain fold over the events: each is copied once and in its place,
/// and each window's count grows with every result up to the number of its events.
///
/// At least once, nothing is lost: each event is copied, and the largest count of each window covers its events.
@Suite("Several processes share an application", .serialized)
struct ScaleOutTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["MILLRACE_SCALE_OUT_SECONDS"].flatMap { Int($0) } ?? 20
    private static let seed = environment["MILLRACE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1..<1 << 32)

    @Test("killed and stopped ones among them", arguments: Engine.overTheWire, ["exactlyOnce", "atLeastOnce"])
    func chaos(engine: Engine, guarantee: String) throws {
        var dice = SeededGenerator(seed: Self.seed)
        let world = try World(engine)
        let instances = try Instances(
            world, guarantee: guarantee, seed: dice.next(), stopLength: Self.seconds < 60 ? nil : .seconds(15))
        try run(world, instances, guarantee, seconds: Self.seconds, &dice) { try instances.strike() }
    }

    @Test(
        "the broker itself is killed again and again, and comes back",
        arguments: Engine.overTheWire.filter { !$0.isApacheKafka }, ["exactlyOnce", "atLeastOnce"])
    func brokerDeaths(engine: Engine, guarantee: String) throws {
        var dice = SeededGenerator(seed: Self.seed)
        let world = try World(engine)
        let instances = try Instances(world, guarantee: guarantee, seed: dice.next(), stopLength: nil)
        var next = ContinuousClock.now + .seconds(4)
        try run(world, instances, guarantee, seconds: Self.seconds / 2, &dice) {
            guard ContinuousClock.now > next else { return }
            try world.restartBroker()
            next = .now + .seconds(3)
        }
    }

    /// Writes for so long, with blows between, and looks at what has come of it.
    private func run(
        _ world: World, _ instances: Instances, _ guarantee: String, seconds: Int, _ dice: inout SeededGenerator,
        strike: () throws -> Void
    ) throws {
        defer { instances.end() }
        let ledger = try Ledger(world.cluster)
        let output = try Output(world.cluster)
        let pause = Monitor(false)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end, instances.areRunning {
            try ledger.write(50, &dice)
            try strike()
            _ = pause.wait(timeout: .milliseconds(25)) { $0 }
        }
        instances.release()
        ledger.close()
        let deadline = ContinuousClock.now + .seconds(90)
        func look(_ isDone: () -> Bool) throws {
            repeat {
                _ = pause.wait(timeout: .milliseconds(200)) { $0 }
                #expect(try output.readOn())
            } while !isDone() && instances.areRunning && ContinuousClock.now < deadline
        }
        try look { Self.isComplete(output, ledger) }
        let settled = ContinuousClock.now - end
        // One that was let go on at the end has yet to find out that it was given up, and may do harm.
        let quiet = ContinuousClock.now + .seconds(2)
        try look { instances.areSettled && ContinuousClock.now > quiet }
        print(
            "scale out, \(guarantee) over \(world.engine), seed \(Self.seed): \(ledger.eventCount) events,",
            "\(instances.kills) kills, \(instances.stops) stops, \(world.brokerDeaths) deaths of the broker,",
            "\(instances.rebalances) times running, settled in \(settled)")
        var faults = output.faults(beside: ledger, exactlyOnce: guarantee == "exactlyOnce")
        if !instances.areRunning { faults.append("an instance has ended: \(instances.complaints)") }
        #expect(faults.isEmpty, "seed \(Self.seed): \(instances.story)")
    }

    /// Whether nothing more has to come.
    private static func isComplete(_ output: Output, _ ledger: Ledger) -> Bool {
        output.copies.count >= ledger.eventCount
            && ledger.counts.allSatisfy { output.largestCounts[$0.key] ?? 0 >= $0.value }
    }
}
