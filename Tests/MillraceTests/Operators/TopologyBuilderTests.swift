import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// Topologies of named nodes, and the ways a processor comes to its stores.
@Suite("TopologyBuilder, and stores of processors")
struct TopologyBuilderTests {
    private let strings = Consumed<String, String>(key: .string, value: .string)
    private let counts = Stores.keyValue("counts", keySerde: StringSerde(), valueSerde: IntegerSerde<Int64>())

    /// Counts the records of each key; forwards to the children that the value names, else to all.
    private final class Counting: Processor {
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
            let result = record.with(value: count)
            switch record.value {
            case "a", "b": try context.forward(result, to: record.value ?? "")
            default: try context.forward(result)
            }
            if record.value == "commit" { context.commit() }
        }
    }

    /// Passes values on with a mark.
    private final class Marking: FixedKeyProcessor {
        let context: FixedKeyProcessorContext<String, Int64>
        let counts: KeyValueStore<String, Int64>

        init(_ context: FixedKeyProcessorContext<String, Int64>) throws {
            self.context = context
            counts = try context.store("counts")
        }

        func process(_ record: FixedKeyRecord<String, Int64>) throws {
            let known = try record.key.flatMap { try counts.value(for: $0) } ?? -1
            try context.forward(record.with(value: known * 100).with(headers: Headers([Header("marked", "yes")])))
        }
    }

    @Test("sources, processors, sinks and stores by name, without the DSL")
    func nodes() throws {
        let builder = TopologyBuilder()
        builder.addSource("in", topics: ["in", "more"], strings)
        builder.addProcessor("count", below: ["in"]) { try Counting($0) }
        builder.addProcessor("a", below: ["count"], stores: ["counts"]) { try Marking($0) }
        builder.addSink("b", topic: "b-out", below: ["count"], Produced<String, Int64>(key: .string, value: .int64))
        builder.addSink("a-sink", below: ["a"], Produced<String, Int64>(key: .string, value: .int64)) { record in
            "a-\(record.key ?? "nil")"
        }
        builder.addStateStore(counts, for: ["count"])
        let topology = try builder.build()
        #expect(topology.nodes.map(\.name) == ["in", "count", "a", "b", "a-sink"])
        #expect(topology.subtopologies.count == 1)
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        let input = driver.inputTopic("in", key: .string, value: .string)
        for value in ["a", "b", "commit"] { try input.send("x", value) }
        try driver.inputTopic("more", key: .string, value: .string).send("y", "all")
        let b = try driver.outputTopic("b-out", key: .string, value: .int64).readAll()
        #expect(b.map(\.value) == [2, 3, 1])
        let a = try driver.outputTopic("a-x", key: .string, value: .int64).readAll()
        #expect(a.map(\.value) == [100, 300])
        #expect(a.first?.headers == Headers([Header("marked", "yes")]))
        #expect(try driver.outputTopic("a-y", key: .string, value: .int64).readAll().map(\.value) == [100])
        #expect(try driver.store("counts", KeyValueStore<String, Int64>.self).value(for: "x") == 3)
    }

    @Test("mistakes are told by build, with the node's name")
    func mistakes() throws {
        func failure(_ describe: (TopologyBuilder) -> Void) -> TopologyError? {
            let builder = TopologyBuilder()
            builder.addSource("in", topics: ["in"], strings)
            describe(builder)
            do {
                _ = try builder.build()
                return nil
            } catch {
                return error
            }
        }
        let numbers = Produced<String, Int64>(key: .string, value: .int64)
        #expect(
            failure { $0.addSink("out", topic: "out", below: ["in"], numbers) }
                == .typeMismatch(
                    node: "out", expected: "Record<String, Int64>", found: "Record<String, String> from in"))
        #expect(
            failure { $0.addSink("out", topic: "out", below: ["count"], numbers) }?.description
                .contains("below count, which was not added before") ?? false)
        #expect(
            failure { $0.addProcessor("count", below: []) { try Counting($0) } }?.description.contains("count") ?? false
        )
        #expect(
            failure { $0.addProcessor("count", below: ["in"], stores: ["counts"]) { try Counting($0) } }
                == .unknownStore(node: "count", store: "counts"))
        #expect(failure { $0.connect(processor: "nobody", to: ["counts"]) }?.description.contains("nobody") ?? false)
        #expect(
            failure { builder in
                builder.addProcessor("in", below: ["in"], adding: [counts]) { try Counting($0) }
            } == .duplicateName("in"))
        #expect(
            failure { $0.addSource("again", topics: ["in"], strings) }
                == .sourceTopicReused(topic: "in", node: "again"))
        #expect(
            failure { $0.addSink("out", topic: "out", below: ["in"], Produced<String, String>()) }
                == .missingSerde(node: "out", role: "key"))
    }

    @Test("a processor brings its stores; another may bring the same; one can be connected afterwards")
    func supplied() throws {
        let builder = StreamsBuilder()
        let stream = builder.stream("in", strings)
        stream.process(name: "first", adding: [counts]) { try Counting($0) }
            .processValues(name: "second", adding: [counts]) { try Marking($0) }
            .to("out", Produced(key: .string, value: .int64))
        builder.stream("other", strings).process(name: "third") { try Counting($0) }
            .to("third-out", Produced(key: .string, value: .int64))
        builder.connect(processor: "third", to: ["counts"])
        let topology = try builder.build()
        #expect(topology.subtopologies.count == 1, "the store joins the sub-topologies")
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        try driver.inputTopic("in", key: .string, value: .string).send("x", "1")
        try driver.inputTopic("other", key: .string, value: .string).send("x", "2")
        try driver.inputTopic("in", key: .string, value: .string).send("x", "3")
        #expect(try driver.outputTopic("out", key: .string, value: .int64).readAll().map(\.value) == [100, 300])
        #expect(try driver.outputTopic("third-out", key: .string, value: .int64).readAll().map(\.value) == [2])

        let windows = Stores.window(
            "counts", retention: .seconds(1), keySerde: StringSerde(), valueSerde: IntegerSerde<Int64>())
        stream.process(name: "fourth", adding: [windows]) { try Counting($0) }
        #expect(throws: TopologyError.duplicateStore("counts")) { try builder.build() }
    }

    /// Keeps each row's length.
    private final class Measuring: Processor {
        let context: ProcessorContext<Never, Never>
        let lengths: KeyValueStore<String, Int64>

        init(_ context: ProcessorContext<Never, Never>) throws {
            self.context = context
            lengths = try context.store("lengths")
        }

        func process(_ record: Record<String, String>) throws {
            guard let key = record.key else { return }
            try lengths.write(key, record.value.map { Int64($0.utf8.count) }, at: record.timestamp)
        }
    }

    /// Looks a row of the global store up.
    private final class Asking: FixedKeyProcessor {
        let context: FixedKeyProcessorContext<String, Int64>
        let lengths: KeyValueReader<String, Int64>

        init(_ context: FixedKeyProcessorContext<String, Int64>) throws {
            self.context = context
            lengths = try context.globalStore("lengths")
        }

        func process(_ record: FixedKeyRecord<String, String>) throws {
            try context.forward(record.with(value: try lengths.get(record.value ?? "")?.value))
        }
    }

    @Test("a global store is filled by its own processor and read by any")
    func global() throws {
        let builder = StreamsBuilder()
        builder.addGlobalStore(
            Stores.keyValue("lengths", keySerde: StringSerde(), valueSerde: IntegerSerde<Int64>()), name: "measure",
            topic: "texts", strings
        ) { try Measuring($0) }
        builder.stream("in", strings).processValues(name: "ask") { try Asking($0) }
            .to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(try builder.build())
        defer { driver.close() }
        let texts = driver.inputTopic("texts", key: .string, value: .string)
        let input = driver.inputTopic("in", key: .string, value: .string)
        try texts.send("t", "four")
        try input.send("x", "t")
        try input.send("x", "u")
        try texts.send("t", nil)
        try input.send("x", "t")
        #expect(try driver.outputTopic("out", key: .string, value: .int64).readAll().map(\.value) == [4, nil, nil])
    }
}
