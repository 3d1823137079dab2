import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

/// Random lives of a key-value store against plain dictionaries.
@Suite("A key-value store does what its model does")
struct KeyValueModelTests {
    typealias Store = KeyValueStore<String, Int64>
    typealias Row = ValueAndTimestamp<Int64>

    struct Life {
        let kind: ByteStoreKind
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        var store: Store
        var latest: [String: Row] = [:]
        var committed: [String: Row] = [:]
        var order: [String] = []
        /// Of the last write of each key.
        var stamps: [String: Timestamp] = [:]
        var flushedEnd: Int64?
        var dice: Dice
        var clock: Int64 = 0

        init(kind: ByteStoreKind, seed: UInt64) throws {
            self.kind = kind
            dice = Dice(seed: seed)
            store = Store(
                name: "s", byteStore: try kind.open(directory), keySerde: TextSerde(), valueSerde: NumberSerde())
        }

        mutating func key() -> String {
            // Prefixes of each other, other lengths, other alphabets.
            let text = ["", "a", "ab", "b", "é", "longer than a small string is", "\u{10ffff}"]
            return text[dice.roll(text.count)] + String(dice.roll(12))
        }

        mutating func write(_ key: String, _ value: Int64?) throws {
            clock += 1
            try store.write(key, value, at: Timestamp(clock))
            latest[key] = value.map { Row($0, at: Timestamp(clock)) }
            stamps[key] = Timestamp(clock)
            if !order.contains(key) { order.append(key) }
        }

        mutating func commit() throws {
            var seen: [String] = []
            try store.forEachUncommitted { key, new, old, time in
                seen.append(key)
                #expect(new == latest[key])
                #expect(old == committed[key])
                #expect(time == stamps[key])
            }
            #expect(seen == order)
            try changelog.commit(store)
            committed = latest
            order = []
        }

        mutating func abort() {
            store.abort()
            latest = committed
            order = []
        }

        mutating func flush() throws {
            try store.flush()
            #expect(!store.hasUnflushed)
            if !changelog.committed.isEmpty { flushedEnd = Int64(changelog.committed.count) }
            #expect(store.checkpoint?.rawValue == flushedEnd)
        }

        /// The process dies and starts again: only the tail beyond the last flush is restored.
        mutating func reopen() throws {
            store.close()
            if !kind.isPersistent { flushedEnd = nil }
            store = Store(
                name: "s", byteStore: try kind.open(directory), keySerde: TextSerde(), valueSerde: NumberSerde())
            #expect(store.checkpoint?.rawValue == flushedEnd)
            let restored = try changelog.restore(store, batch: 1 + dice.roll(9))
            #expect(restored == changelog.committed.count - Int(flushedEnd ?? 0))
            // Further on where the restore filled a batch.
            #expect(store.checkpoint?.rawValue ?? -1 >= flushedEnd ?? -1)
            flushedEnd = store.checkpoint?.rawValue
            latest = committed
            order = []
        }

        func sorted(_ rows: [String: Row], from: String? = nil, to: String? = nil) -> [String] {
            let text = rows.keys.filter { key in
                (from.map { !precedes(key, $0) } ?? true) && (to.map { !precedes($0, key) } ?? true)
            }
            return text.sorted(by: precedes)
        }

        func precedes(_ left: String, _ right: String) -> Bool {
            Array(left.utf8).lexicographicallyPrecedes(right.utf8)
        }

        mutating func scan() throws {
            let view: ReadView = dice.roll(2) == 0 ? .latest : .committed
            let rows = view == .latest ? latest : committed
            let from = dice.roll(3) == 0 ? nil : key()
            let to = dice.roll(3) == 0 ? nil : key()
            let reversed = dice.roll(2) == 0
            let expected = sorted(rows, from: from, to: to)
            let found = try store.range(from: from, to: to, reversed: reversed, view: view)
            #expect(found.map(\.key) == (reversed ? expected.reversed() : expected))
            for (key, value) in found { #expect(rows[key] == value) }
        }

        mutating func step() throws {
            switch dice.roll(100) {
            case 0..<45: try write(key(), Int64(dice.roll(1_000)))
            case 45..<58: try write(key(), nil)
            case 58..<70:
                let key = key()
                #expect(try store.get(key) == latest[key])
                #expect(try store.committedGet(key) == committed[key])
            case 70..<78: try scan()
            case 78..<87: try commit()
            case 87..<91: abort()
            case 91..<95: try flush()
            case 95..<98: store.evictClean()
            default: try reopen()
            }
        }
    }

    @Test(
        "reads, scans, commits, aborts, flushes, evictions and crashes", arguments: ByteStoreKind.allCases,
        Seeds.first(12, of: 30))
    func life(kind: ByteStoreKind, seed: UInt64) throws {
        var life = try Life(kind: kind, seed: seed)
        for _ in 0..<(kind.isPersistent ? 400 : 1_200) {
            do { try life.step() } catch { Issue.record("seed \(seed), \(kind): \(error)") }
        }
        let all = try life.store.all()
        #expect(all.map(\.key) == life.sorted(life.latest), "seed \(seed), \(kind)")
    }

    @Test("a prefix finds the keys that begin with it")
    func prefix() throws {
        let store = Store(
            name: "s", byteStore: InMemoryByteStore(), keySerde: TextSerde(), valueSerde: NumberSerde())
        for key in ["a", "ab", "abc", "b", "aß"] { try store.put(key, 1, at: Timestamp(1)) }
        #expect(try store.prefixScan("ab", prefixSerde: TextSerde()).map(\.key) == ["ab", "abc"])
        #expect(try store.prefixScan("a", prefixSerde: TextSerde()).map(\.key) == ["a", "ab", "abc", "aß"])
    }

    @Test("texts with equal looks and other bytes are two keys")
    func spelling() throws {
        let store = Store(
            name: "s", byteStore: InMemoryByteStore(), keySerde: TextSerde(), valueSerde: NumberSerde())
        try store.put("\u{e9}", 1, at: Timestamp(1))
        try store.put("e\u{301}", 2, at: Timestamp(1))
        #expect(try store.value(for: "\u{e9}") == 1)
        #expect(try store.value(for: "e\u{301}") == 2)
    }

    @Test("ten thousand updates of one key make one changelog record a commit")
    func coalescing() throws {
        let store = Store(
            name: "s", byteStore: InMemoryByteStore(), keySerde: TextSerde(), valueSerde: NumberSerde())
        let changelog = FakeChangelog()
        for value in 1...10_000 { try store.put("k", Int64(value), at: Timestamp(Int64(value))) }
        try changelog.commit(store)
        #expect(changelog.committed.count == 1)
        #expect(changelog.committed.first?.timestamp == Timestamp(10_000))
    }

    @Test("evicting gives back the memory of clean keys")
    func memory() throws {
        let directory = TemporaryDirectory()
        let store = Store(
            name: "s", byteStore: try ByteStoreKind.rocks.open(directory), keySerde: TextSerde(),
            valueSerde: NumberSerde())
        let changelog = FakeChangelog()
        let empty = store.overlayByteCount
        for key in 0..<20_000 { try store.put("key \(key)", Int64(key), at: Timestamp(1)) }
        try changelog.commit(store)
        let full = store.overlayByteCount
        #expect(full > 20_000 * 40)
        store.evictClean()
        store.evictClean()
        #expect(store.overlayByteCount == full, "dirty keys stay")
        try store.flush()
        store.evictClean()
        store.evictClean()
        #expect(store.overlayByteCount < full / 5 + empty)
        #expect(try store.value(for: "key 19999") == 19_999)
        #expect(directory.resources.blockCacheUsedByteCount <= directory.resources.blockCacheByteCount)
    }
}
