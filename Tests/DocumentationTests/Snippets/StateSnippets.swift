import Millrace
import MillraceStores
import MillraceTesting
import Testing

/// The code of docs/guide/state.md and docs/guide/processor-api.md.
@Suite("Guide to state and processors")
struct StateSnippets {
    private func makeTopology(countsMore: Bool) throws -> Topology {
        let builder = StreamsBuilder()
        let messages = builder.stream("messages", Consumed(key: .string, value: .string))
        messages.groupByKey().count(.as("counts")).toStream().to("counts", Produced(key: .string, value: .int64))
        if countsMore { _ = messages.filter { _, text in text.isEmpty }.groupByKey().count(.as("empty")) }
        return try builder.build()
    }

    @Test("a plan tells of a new store, and that the others stay")
    func plan() throws {
        let topology = try makeTopology(countsMore: false)
        let changed = try makeTopology(countsMore: true)
        let plan = try compare(topology, changed)
        #expect(plan.keepsEverything)
        #expect(plan.stores == [.kept("counts"), .new("empty")])
        #expect(
            changed.plan(against: topology.lock(partitionCounts: ["messages": 4]), partitionCounts: ["messages": 5])
                .isRefused)
    }

    private func compare(_ topology: Topology, _ changed: Topology) throws -> TopologyPlan {
        let lock = topology.lock(partitionCounts: ["messages": 4])
        let text = try lock.text()  // write it to a file
        let before = try TopologyLock(text: text)
        let plan = changed.plan(against: before, partitionCounts: ["messages": 4])
        print(plan)
        if plan.isRefused || !plan.keepsEverything { return plan }
        return plan
    }

    @Test("a store with ordered keys")
    func ordered() throws {
        final class Scores: Processor {
            let context: ProcessorContext<String, String>
            let scores: KeyValueStore<Pair<Int64, String>, String>

            init(_ context: ProcessorContext<String, String>) throws {
                self.context = context
                scores = try context.store("scores")
            }

            func process(_ record: Record<String, Int64>) throws {
                guard let key = record.key, let value = record.value else { return }
                try scores.put(Pair(value, key), key, at: record.timestamp)
            }
        }

        let builder = StreamsBuilder()
        let scores = Stores.keyValue("scores", keySerde: .ordered(.ordered(.int64), .string), valueSerde: .string)
        builder.addStateStore(scores)
        builder.stream("points", Consumed(key: .string, value: .int64))
            .process(stores: ["scores"]) { try Scores($0) }
            .to("nothing", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build())
        let points = driver.inputTopic("points", key: .string, value: .int64)
        for (name, value) in [("ada", 5), ("bob", -3), ("cleo", 40)] as [(String, Int64)] {
            try points.send(name, value)
        }
        let store = try driver.store("scores", KeyValueStore<Pair<Int64, String>, String>.self)
        #expect(try store.all().map(\.value.value) == ["bob", "ada", "cleo"])
    }

    @Test("a topology without streams and tables")
    func plainTopology() throws {
        final class Counting: Processor {
            let context: ProcessorContext<String, Int64>
            let counts: KeyValueStore<String, Int64>

            init(_ context: ProcessorContext<String, Int64>) throws {
                self.context = context
                counts = try context.store("counts")
            }

            func process(_ record: Record<String, String>) throws {
                guard let key = record.key else { return }
                let count = (try counts.value(for: key) ?? 0) + 1
                try counts.put(key, count, at: record.timestamp)
                try context.forward(record.with(value: count))
            }
        }

        let counts = Stores.keyValue("counts", keySerde: .string, valueSerde: .int64)
        let plain = TopologyBuilder()
        plain.addSource("lines", topics: ["lines"], Consumed(key: .string, value: .string))
        plain.addProcessor("count", below: ["lines"], adding: [counts]) { try Counting($0) }
        plain.addSink("out", topic: "line-counts", below: ["count"], Produced(key: .string, value: .int64))
        let topology = try plain.build()
        let driver = try TopologyTestDriver(topology)
        let lines = driver.inputTopic("lines", key: .string, value: .string)
        for _ in 0..<3 { try lines.send("ada", "hi") }
        let out = driver.outputTopic("line-counts", key: .string, value: .int64)
        #expect(try out.readAll().map(\.value) == [1, 2, 3])
    }
}
