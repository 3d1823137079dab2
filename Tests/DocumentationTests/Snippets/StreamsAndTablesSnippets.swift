import Millrace
import MillraceStores
import MillraceTesting
import Testing

/// The code of docs/guide/streams-and-tables.md, run by the test driver.
@Suite("Guide to the DSL")
struct DSLSnippets {
    private func makeTopology() throws -> Topology {
        struct User: Codable, Sendable {
            var name: String
            var team: String
        }

        let builder = StreamsBuilder()
        let messages = builder.stream("messages", Consumed(key: .string, value: .string))
        let users = builder.table("users", Consumed(key: .string, value: .json(User.self)))

        let words =
            messages
            .filter { nick, text in !text.isEmpty }
            .mapValues { text in text.lowercased() }
            .flatMapValues { text in text.split(separator: " ").map(String.init) }
        words.to("words", Produced(key: .string, value: .string))

        let bySize = messages.split(name: "size-")
            .branch(name: "long") { nick, text in text.count > 20 }
            .defaultBranch(name: "short")
        bySize["size-long"]?.to("long-messages")

        let marked = messages.nullable.mapValues { nick, text in text ?? "(deleted)" }
        let signed = messages.nullable.filter { nick, text in nick != nil }
        marked.merge(signed).to("marked", Produced(key: .string, value: .string))

        let counts = messages.groupByKey().count(.as("messages-by-nick"))
        let longest = messages.groupByKey()
            .reduce(.as("longest-by-nick")) { longest, text in text.count > longest.count ? text : longest }
        let byLength =
            messages
            .groupBy(Grouped(key: .int32, value: .string)) { nick, text in Int32(text.count) }
            .aggregate(initial: [String](), Materialized(as: "by-length", value: .json([String].self))) {
                length, text, all in
                all + [text]
            }

        let perMinute = messages.groupByKey()
            .windowed(by: .tumbling(size: .seconds(60), grace: .seconds(10)))
            .count(.as("per-minute"))
        perMinute.toStream().to("minutes", Produced(key: .windowed(.string, size: .seconds(60)), value: .int64))

        let sliding = messages.groupByKey()
            .windowed(by: .hopping(size: .seconds(300), advance: .seconds(60), grace: .zero))
            .count(.as("five-minutes").retained(for: .seconds(86_400)))

        let visits = messages.groupByKey()
            .windowed(by: .session(gap: .seconds(1_800), grace: .seconds(60)))
            .count(.as("visits"))
        visits.toStream().to("visit-counts", Produced(key: .sessionWindowed(.string), value: .int64))

        let members =
            users
            .groupBy(Grouped(key: .string, value: .string)) { nick, user in (user.team, nick) }
            .count(.as("members-by-team"))
        let posts = messages.join(users) { text, user in "\(user.name): \(text)" }
        posts.to("posts", Produced(key: .string, value: .string))

        let live = messages.groupByKey().count(Materialized(as: "live-counts").emitting(.everyUpdate))
        live.toStream().to("live", Produced(key: .string, value: .int64))

        final class Dedupe: Processor {
            let context: ProcessorContext<String, String>
            let seen: KeyValueStore<String, String>

            init(_ context: ProcessorContext<String, String>) throws {
                self.context = context
                seen = try context.store("seen")
                context.schedule(every: .seconds(60), .wallClockTime) { now in context.commit() }
            }

            func process(_ record: Record<String, String>) throws {
                guard let key = record.key, let value = record.value else { return }
                if try seen.putIfAbsent(key, value, at: record.timestamp) == nil { try context.forward(record) }
            }
        }

        builder.addStateStore(Stores.keyValue("seen", keySerde: .string, valueSerde: .string))
        messages.process(stores: ["seen"]) { try Dedupe($0) }
            .to("first-messages", Produced(key: .string, value: .string))

        let topology = try builder.build()
        print(topology)  // as Kafka Streams' describe()
        print(topology.mermaid)  // a flow chart
        _ = (counts, longest, byLength, sliding, members)
        return topology
    }

    @Test("every step of the guide does what the guide says")
    func steps() throws {
        let driver = try TopologyTestDriver(try makeTopology())
        let input = driver.inputTopic("messages", key: .string, value: .string)
        let table = driver.inputTopic("users", key: .string, value: .string)
        try table.send("ada", #"{"name":"Ada","team":"engines"}"#)
        try input.send("ada", "Hello there", at: Timestamp(1_000))
        try input.send("ada", "This one has more than twenty", at: Timestamp(61_000))

        func values(_ topic: String) throws -> [String?] {
            try driver.outputTopic(topic, key: .string, value: .string).readAll().map(\.value)
        }
        #expect(try values("words") == ["hello", "there", "this", "one", "has", "more", "than", "twenty"])
        #expect(try values("long-messages") == ["This one has more than twenty"])
        #expect(try values("marked").count == 4)
        #expect(try values("posts") == ["Ada: Hello there", "Ada: This one has more than twenty"])
        #expect(try values("first-messages") == ["Hello there"])
        #expect(try driver.outputTopic("live", key: .string, value: .int64).readAll().map(\.value) == [1, 2])
        let minutes = driver.outputTopic(
            "minutes", key: .windowed(.string, size: .seconds(60)), value: .int64)
        #expect(try minutes.readAll().map(\.key?.window.start) == [.epoch, Timestamp(60_000)])
        #expect(try driver.store("members-by-team", KeyValueStore<String, Int64>.self).value(for: "engines") == 1)
        #expect(
            try driver.store("longest-by-nick", KeyValueStore<String, String>.self).value(for: "ada")
                == "This one has more than twenty")
        #expect(
            try driver.store("by-length", KeyValueStore<Int32, [String]>.self).value(for: 11) == ["Hello there"])
        // The plain closures take no null.
        #expect(throws: StreamsProcessingError.self) { try input.send("ada", nil, at: Timestamp(62_000)) }
    }

    @Test("a serde of one's own")
    func serde() throws {
        struct Celsius: Sendable, Equatable {
            var degrees: Double
        }

        struct CelsiusSerde: Serde {
            func serialize(_ value: Celsius, into writer: inout ByteWriter) {
                writer.append(value.degrees.bitPattern)
            }

            func deserialize(_ bytes: RawSpan) throws -> Celsius {
                var reader = ByteReader()
                return Celsius(degrees: Double(bitPattern: try reader.read(UInt64.self, from: bytes)))
            }
        }
        var writer = ByteWriter()
        CelsiusSerde().serialize(Celsius(degrees: 21.5), into: &writer)
        #expect(try CelsiusSerde().deserialize(writer.bytes) == Celsius(degrees: 21.5))
    }
}
