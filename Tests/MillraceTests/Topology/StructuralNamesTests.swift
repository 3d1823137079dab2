import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// Names of stores and internal topics that the program does not give (SEMANTICS J5).
@Suite("Structural names")
struct StructuralNamesTests {
    private let strings = Consumed<String, String>(key: .string, value: .string)

    @Test("say what leads to the store")
    func readable() throws {
        let builder = StreamsBuilder()
        let lines = builder.stream("lines", strings)
        let counts = lines.mapValues { $0.lowercased() }
            .groupBy(Grouped(key: .string, value: .string)) { _, word in word }.count()
        _ = lines.groupByKey().windowed(by: .tumbling(size: .seconds(5), grace: .zero)).count()
        _ = lines.groupByKey().count(.as("mine"))
        _ = builder.table("users", strings).groupBy(Grouped<String, String>(key: .string, value: .string)) {
            key, value in (value, key)
        }
        .count()
        _ = counts.toStream().groupByKey(Grouped(key: .string, value: .int64)).reduce { $0 + $1 }
        let topology = try builder.build()
        #expect(
            topology.stores.keys.sorted() == [
                "lines-aggregate-windows", "lines-rekeyed-aggregate", "lines-rekeyed-table-reduce", "mine",
                "users-table", "users-table-rekeyed-aggregate",
            ])
        #expect(
            topology.repartitionTopics.map(\.reference) == [
                .repartition("lines-rekeyed"), .repartition("users-table-rekeyed"),
            ])
    }

    @Test("the store is there under its name")
    func runs() throws {
        let builder = StreamsBuilder()
        builder.stream("lines", strings).groupBy(Grouped(key: .string, value: .string)) { _, word in word }
            .count().toStream().to("counts", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(try builder.build())
        defer { driver.close() }
        let lines = driver.inputTopic("lines", key: .string, value: .string)
        try lines.send("a", "x")
        try lines.send("b", "x")
        #expect(try driver.outputTopic("counts", key: .string, value: .int64).readTable() == ["x": Int64(2)])
        let store: KeyValueStore<String, Int64> = try driver.store("lines-rekeyed-aggregate")
        #expect(store.name == "lines-rekeyed-aggregate")
        #expect(try store.value(for: "x") == 2)
    }

    @Test("equal structures are numbered in the order of their description, beside names that are given")
    func collisions() throws {
        let builder = StreamsBuilder()
        let lines = builder.stream("lines", strings)
        _ = lines.filter { _, value in value > "m" }.groupByKey().count()
        _ = lines.groupByKey().count(.as("lines-aggregate"))
        _ = lines.groupByKey().count()
        #expect(
            try builder.build().stores.keys.sorted() == ["lines-aggregate", "lines-aggregate-2", "lines-aggregate-3"])
    }

    @Test("long chains give names of bounded length that differ")
    func bounded() throws {
        let builder = StreamsBuilder()
        var stream = builder.stream("a-topic-with-quite-a-long-name-" + String(repeating: "x", count: 180), strings)
        for _ in 0..<12 {
            stream = stream.groupBy(Grouped(key: .string, value: .string)) { _, value in value }
                .reduce { left, _ in left }.toStream()
        }
        stream.to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        #expect(topology.stores.count == 12)
        #expect(topology.repartitionTopics.count == 12)
        #expect(topology.stores.keys.allSatisfy { $0.utf8.count <= 100 })
    }

    @Test("positional names on request")
    func positional() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        _ = builder.stream("lines", strings).filter { _, _ in true }.groupByKey().count()
        #expect(try Array(builder.build().stores.keys) == ["KSTREAM-AGGREGATE-STATE-STORE-0000000002"])
    }

    @Test("required explicit names: build lists what has none", arguments: [TopologyNaming.structural, .kafkaStreams])
    func required(naming: TopologyNaming) throws {
        let builder = StreamsBuilder(naming: naming, requiresExplicitNames: true)
        let lines = builder.stream("lines", strings)
        _ = lines.groupBy(Grouped(key: .string, value: .string, name: "by-word")) { _, word in word }
            .count(.as("words"))
        #expect(try builder.build().stores.keys.sorted() == ["words"])
        _ = lines.groupBy(Grouped(key: .string, value: .string)) { _, word in word }.count()
        let positional = "KSTREAM-AGGREGATE-STATE-STORE-0000000006"
        #expect(
            throws: TopologyError.unnamedResources(
                stores: [naming == .structural ? "lines-rekeyed-aggregate" : positional],
                repartitionTopics: [naming == .structural ? "lines-rekeyed" : positional])
        ) { try builder.build() }
    }

    // MARK: Property

    /// The names of everything that keeps state, and of what operators commit beside their stores.
    private func names(_ topology: Topology) -> Set<String> {
        Set(
            topology.stores.keys.map { "store \($0)" }
                + topology.nodes.filter { !$0.stores.isEmpty }.map { "state \($0.stateName)" })
    }

    private static func random(_ seed: UInt64, noise: UInt64?) throws -> Topology {
        var program = RandomProgram(seed: seed, noise: noise)
        return try program.build()
    }

    @Test("stateless steps put in anywhere rename nothing", arguments: 0..<60 as Range<UInt64>)
    func insertions(seed: UInt64) throws {
        let plain = try Self.random(seed, noise: nil)
        #expect(!plain.stores.isEmpty, "seed \(seed)")
        for noise in 1...4 as ClosedRange<UInt64> {
            let noisy = try Self.random(seed, noise: noise)
            #expect(noisy.nodes.count > plain.nodes.count, "seed \(seed), noise \(noise)")
            #expect(names(noisy) == names(plain), "seed \(seed), noise \(noise)\n\(plain)\n\(noisy)")
            // A step that changes values keeps groupings on both sides of it from sharing a topic: another may come.
            let before = Set(plain.repartitionTopics.map(\.reference))
            let after = Set(noisy.repartitionTopics.map(\.reference))
            #expect(before.isSubset(of: after), "seed \(seed), noise \(noise)\n\(plain)\n\(noisy)")
        }
    }
}

/// A random program of sources, key changes, aggregations and joins; the same seed always gives the same one. With
/// noise, stateless steps that keep keys stand between them.
private struct RandomProgram {
    private var shape: SplitMix
    private var noise: SplitMix?

    init(seed: UInt64, noise: UInt64?) {
        shape = SplitMix(state: seed)
        self.noise = noise.map { SplitMix(state: seed &* 1_000 &+ $0) }
    }

    mutating func build() throws -> Topology {
        let builder = StreamsBuilder()
        let strings = Consumed<String, String>(key: .string, value: .string)
        let grouped = Grouped<String, String>(key: .string, value: .string)
        var streams = (0..<2).map { disturbed(builder.stream("in\($0)", strings)) }
        let table = builder.table("rows", strings)
        for _ in 0..<(3 + Int(shape.next() % 6)) {
            let stream = streams[Int(shape.next() % UInt64(streams.count))]
            switch shape.next() % 8 {
            case 0: streams.append(disturbed(stream.selectKey { _, value in value }))
            case 1: streams.append(disturbed(stream.map { key, value in (value, key) }))
            case 2: streams.append(disturbed(text(disturbed(stream).groupByKey(grouped).count().toStream())))
            case 3: streams.append(disturbed(stream.groupByKey(grouped).reduce { left, _ in left }.toStream()))
            case 4: streams.append(disturbed(text(stream.groupBy(grouped) { $1 }.count().toStream())))
            case 5:
                let windows = TimeWindows.tumbling(size: .seconds(1), grace: .zero)
                streams.append(
                    disturbed(
                        stream.groupByKey(grouped).windowed(by: windows).reduce { left, _ in left }
                            .toStream { window, _ in window.key }))
            case 6:
                streams.append(
                    disturbed(stream.join(table, Joined(key: .string, value: .string)) { left, right in left + right }))
            default:
                let other = streams[Int(shape.next() % UInt64(streams.count))]
                streams.append(disturbed(stream.merge(other)))
            }
        }
        for (index, stream) in streams.enumerated() {
            disturbed(stream).to("out\(index)", Produced(key: .string, value: .string))
        }
        _ = streams[0].groupByKey(grouped).count()
        return try builder.build()
    }

    private func text(_ counts: KStream<String, Int64>) -> KStream<String, String> { counts.mapValues { "\($0)" } }

    private mutating func disturbed(_ stream: KStream<String, String>) -> KStream<String, String> {
        guard noise != nil else { return stream }
        var stream = stream
        let count = 1 + Int((noise?.next() ?? 0) % 3)
        for _ in 0..<count {
            switch (noise?.next() ?? 0) % 5 {
            case 0: stream = stream.filter { _, _ in true }
            case 1: stream = stream.peek { _, _ in }
            case 2: stream = stream.mapValues { $0 + "!" }
            case 3: stream = stream.flatMapValues { [$0, $0] }
            default: stream = stream.filterNot(name: "named-\(noise?.next() ?? 0)") { _, _ in false }
            }
        }
        return stream
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
