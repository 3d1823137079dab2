import Millrace
import MillraceCore
import MillraceStores
import Testing

@Suite("The topology of a stream–stream join")
struct StreamJoinTopologyTests {
    private func topology(
        _ windows: JoinWindows = .symmetric(.seconds(1), grace: .zero), naming: TopologyNaming = .kafkaStreams,
        _ join: (KStream<String, String>, KStream<String, String>, JoinWindows) -> KStream<String, String>
    ) throws -> Topology {
        let builder = StreamsBuilder(naming: naming)
        let left = builder.stream("l", StreamJoinFixture.text)
        join(left, builder.stream("r", StreamJoinFixture.text), windows).to("out", StreamJoinFixture.textOut)
        return try builder.build()
    }

    @Test("nodes and stores are numbered as in Kafka Streams")
    func numbered() throws {
        let outer = try topology { $0.outerJoin($1, within: $2) { "\($0 ?? "")\($1 ?? "")" } }
        let shared = "KSTREAM-OUTERSHARED-0000000004-store"
        let leftStore = "KSTREAM-OUTERTHIS-0000000004-store"
        let rightStore = "KSTREAM-OUTEROTHER-0000000005-store"
        #expect(
            outer.description == """
                Topologies:
                   Sub-topology: 0
                    Source: KSTREAM-SOURCE-0000000000 (topics: [l])
                      --> KSTREAM-WINDOWED-0000000002
                    Source: KSTREAM-SOURCE-0000000001 (topics: [r])
                      --> KSTREAM-WINDOWED-0000000003
                    Processor: KSTREAM-WINDOWED-0000000002 (stores: [KSTREAM-OUTERTHIS-0000000004-store])
                      --> KSTREAM-OUTERTHIS-0000000004
                      <-- KSTREAM-SOURCE-0000000000
                    Processor: KSTREAM-WINDOWED-0000000003 (stores: [KSTREAM-OUTEROTHER-0000000005-store])
                      --> KSTREAM-OUTEROTHER-0000000005
                      <-- KSTREAM-SOURCE-0000000001
                    Processor: KSTREAM-OUTEROTHER-0000000005 (stores: [\(shared), \(leftStore)])
                      --> KSTREAM-MERGE-0000000006
                      <-- KSTREAM-WINDOWED-0000000003
                    Processor: KSTREAM-OUTERTHIS-0000000004 (stores: [\(rightStore), \(shared)])
                      --> KSTREAM-MERGE-0000000006
                      <-- KSTREAM-WINDOWED-0000000002
                    Processor: KSTREAM-MERGE-0000000006 (stores: [])
                      --> KSTREAM-SINK-0000000007
                      <-- KSTREAM-OUTERTHIS-0000000004, KSTREAM-OUTEROTHER-0000000005
                    Sink: KSTREAM-SINK-0000000007 (topic: out)
                      <-- KSTREAM-MERGE-0000000006


                """)
        let left = try topology { $0.leftJoin($1, within: $2) { $0 + ($1 ?? "") } }
        #expect(
            left.stores.keys.sorted() == [
                "KSTREAM-JOINTHIS-0000000004-store", "KSTREAM-OUTEROTHER-0000000005-store",
                "KSTREAM-OUTERSHARED-0000000004-store",
            ])
        let inner = try topology { $0.join($1, within: $2) { $0 + $1 } }
        #expect(
            inner.stores.keys.sorted() == ["KSTREAM-JOINOTHER-0000000005-store", "KSTREAM-JOINTHIS-0000000004-store"])
    }

    @Test("names that are given get Kafka Streams' endings")
    func named() throws {
        let topology = try topology {
            $0.leftJoin($1, within: $2, StreamJoined(name: "j", storeName: "s")) { $0 + ($1 ?? "") }
        }
        #expect(
            topology.nodes.map(\.name).filter { $0.hasPrefix("j") } == [
                "j-this-windowed", "j-other-windowed", "j-this-join", "j-outer-other-join", "j-merge",
            ])
        #expect(
            topology.stores.keys.sorted() == [
                "s-left-shared-join-store", "s-outer-other-join-store", "s-this-join-store",
            ])
    }

    @Test("structural names hang on no number")
    func structural() throws {
        let plain = try topology(naming: .structural) { $0.outerJoin($1, within: $2) { "\($0 ?? "")\($1 ?? "")" } }
        let filtered = try topology(naming: .structural) { left, right, windows in
            left.filter { _, _ in true }.outerJoin(right, within: windows) { "\($0 ?? "")\($1 ?? "")" }
        }
        #expect(plain.stores.keys.sorted() == filtered.stores.keys.sorted())
        #expect(plain.stores.keys.allSatisfy { !$0.contains("000") }, "\(plain.stores.keys.sorted())")
    }

    @Test(
        "stores keep what can be met: size, grace and a millisecond, and their changelogs are not compacted (E10, I3)")
    func stores() throws {
        let windows = JoinWindows(before: .seconds(5), after: .seconds(-2), grace: .seconds(3))
        let topology = try topology(windows) {
            $0.outerJoin($1, within: $2, StreamJoined(storeName: "s").stored(.inMemory)) { "\($0 ?? "")\($1 ?? "")" }
        }
        let store = try #require(topology.stores["s-outer-this-join-store"])
        #expect(store.kind == .join(retention: .milliseconds(8_001)))
        #expect(!store.isPersistent)
        #expect(store.changelogConfiguration["cleanup.policy"] == "delete")
        #expect(store.changelogConfiguration["retention.ms"] == "86408001")
        let unmatched = try #require(topology.stores["s-outer-shared-join-store"])
        #expect(unmatched.changelogConfiguration["cleanup.policy"] == "compact")
        #expect(topology.copartitionGroups.map(\.topics.count) == [2])
    }

    @Test(
        "windows that make no sense are refused",
        arguments: [
            JoinWindows(before: .seconds(-2), after: .seconds(1), grace: .zero),
            JoinWindows(before: .seconds(1), after: .seconds(1), grace: .seconds(-1)),
            JoinWindows(before: .milliseconds(Int64.max), after: .seconds(1), grace: .zero),
        ])
    func problems(windows: JoinWindows) throws {
        #expect {
            _ = try topology(windows) { $0.join($1, within: $2, StreamJoined(name: "j")) { $0 + $1 } }
        } throws: { error in
            guard case .invalidArgument(let node, _)? = error as? TopologyError else { return false }
            return node == "j-merge"
        }
    }

    @Test("a stream joined with itself needs one store, and one repartition topic")
    func selfJoin() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        let words = builder.stream("words", StreamJoinFixture.text)
        let rekeyed = words.selectKey { _, word in String(word.prefix(1)) }
        let serdes = StreamJoined<String, String, String>(key: .string, left: .string, right: .string)
        for stream in [words, rekeyed] {
            stream.join(stream, within: .symmetric(.seconds(1), grace: .zero), serdes) { $0 + $1 }
                .to("out", StreamJoinFixture.textOut)
        }
        let topology = try builder.build()
        #expect(topology.stores.count == 2)
        #expect(topology.repartitionTopics.count == 1)
    }
}
