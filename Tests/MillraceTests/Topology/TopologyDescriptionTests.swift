import Millrace
import MillraceCore
import Testing

/// The texts are what Kafka Streams' `describe()` prints for the same programs.
@Suite("Topology.description")
struct TopologyDescriptionTests {
    @Test("word count with a named store")
    func wordCount() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        builder.stream("lines", Consumed(key: .string, value: .string))
            .flatMapValues { line in line.split(separator: " ").map(String.init) }
            .groupBy(Grouped(key: .string, value: .string)) { _, word in word }
            .count(.as("counts-store"))
            .toStream().to("counts")
        #expect(
            try builder.build().description == """
                Topologies:
                   Sub-topology: 0
                    Source: KSTREAM-SOURCE-0000000000 (topics: [lines])
                      --> KSTREAM-FLATMAPVALUES-0000000001
                    Processor: KSTREAM-FLATMAPVALUES-0000000001 (stores: [])
                      --> KSTREAM-KEY-SELECT-0000000002
                      <-- KSTREAM-SOURCE-0000000000
                    Processor: KSTREAM-KEY-SELECT-0000000002 (stores: [])
                      --> counts-store-repartition-filter
                      <-- KSTREAM-FLATMAPVALUES-0000000001
                    Processor: counts-store-repartition-filter (stores: [])
                      --> counts-store-repartition-sink
                      <-- KSTREAM-KEY-SELECT-0000000002
                    Sink: counts-store-repartition-sink (topic: counts-store-repartition)
                      <-- counts-store-repartition-filter

                  Sub-topology: 1
                    Source: counts-store-repartition-source (topics: [counts-store-repartition])
                      --> KSTREAM-AGGREGATE-0000000003
                    Processor: KSTREAM-AGGREGATE-0000000003 (stores: [counts-store])
                      --> KTABLE-TOSTREAM-0000000007
                      <-- counts-store-repartition-source
                    Processor: KTABLE-TOSTREAM-0000000007 (stores: [])
                      --> KSTREAM-SINK-0000000008
                      <-- KSTREAM-AGGREGATE-0000000003
                    Sink: KSTREAM-SINK-0000000008 (topic: counts)
                      <-- KTABLE-TOSTREAM-0000000007


                """)
    }

    @Test("numbered stores give numbered repartition nodes")
    func numberedStore() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        builder.stream("lines", Consumed(key: .string, value: .string))
            .groupBy(Grouped(key: .string, value: .string)) { _, word in word }
            .count().toStream().to("counts")
        let topology = try builder.build()
        #expect(
            topology.nodes.map(\.name) == [
                "KSTREAM-SOURCE-0000000000", "KSTREAM-KEY-SELECT-0000000001", "KSTREAM-FILTER-0000000005",
                "KSTREAM-SINK-0000000004", "KSTREAM-SOURCE-0000000006", "KSTREAM-AGGREGATE-0000000003",
                "KTABLE-TOSTREAM-0000000007", "KSTREAM-SINK-0000000008",
            ])
        #expect(Set(topology.stores.keys) == ["KSTREAM-AGGREGATE-STATE-STORE-0000000002"])
        #expect(
            topology.repartitionTopics.map(\.reference) == [.repartition("KSTREAM-AGGREGATE-STATE-STORE-0000000002")])
    }

    @Test("a join connects the table's store, and with it the sub-topologies")
    func join() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        let orders = builder.stream("orders", Consumed(key: .string, value: .string))
        let users = builder.table("users", Consumed(key: .string, value: .string))
        orders.join(users) { order, user in order + user }.to("out", Produced(key: .string, value: .string))
        #expect(
            try builder.build().description == """
                Topologies:
                   Sub-topology: 0
                    Source: KSTREAM-SOURCE-0000000000 (topics: [orders])
                      --> KSTREAM-JOIN-0000000004
                    Processor: KSTREAM-JOIN-0000000004 (stores: [users-STATE-STORE-0000000001])
                      --> KSTREAM-SINK-0000000005
                      <-- KSTREAM-SOURCE-0000000000
                    Source: KSTREAM-SOURCE-0000000002 (topics: [users])
                      --> KTABLE-SOURCE-0000000003
                    Sink: KSTREAM-SINK-0000000005 (topic: out)
                      <-- KSTREAM-JOIN-0000000004
                    Processor: KTABLE-SOURCE-0000000003 (stores: [users-STATE-STORE-0000000001])
                      --> none
                      <-- KSTREAM-SOURCE-0000000002


                """)
    }

    @Test("Mermaid names topics, nodes and stores")
    func mermaid() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count(.as("counts"))
            .toStream().to("out")
        let text = try builder.build().mermaid
        #expect(
            text == """
                flowchart TD
                    subgraph s0["Sub-topology 0"]
                        n0["KSTREAM-SOURCE-0000000000"]
                        n1["KSTREAM-AGGREGATE-0000000001"]
                        n2["KTABLE-TOSTREAM-0000000002"]
                        n3["KSTREAM-SINK-0000000003"]
                        s0_0[("counts")]
                    end
                    t0(["in"])
                    t1(["out"])
                    n0 --> n1
                    t0 --> n0
                    n1 --> n2
                    n1 -.- s0_0
                    n2 --> n3
                    n3 --> t1

                """)
    }
}
