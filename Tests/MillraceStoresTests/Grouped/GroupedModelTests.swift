import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

/// Random lives of a grouped store, with rows that expire and with rows that do not, against plain dictionaries.
@Suite("A grouped store does what its model does")
struct GroupedModelTests {
    @Test("rows that expire", arguments: ByteStoreKind.allCases, Seeds.first(12, of: 30))
    func expiring(kind: ByteStoreKind, seed: UInt64) throws {
        let life = try GroupedLife<SessionRow>(kind: kind, retention: 200_000, seed: seed)
        try live(life, seed: seed)
    }

    @Test("rows that stay", arguments: ByteStoreKind.allCases, Seeds.first(8, of: 15))
    func staying(kind: ByteStoreKind, seed: UInt64) throws {
        let life = try GroupedLife<NumberRow>(kind: kind, retention: nil, seed: seed)
        try live(life, seed: seed)
    }

    func live<Row>(_ life: GroupedLife<Row>, seed: UInt64) throws {
        for step in 0..<(life.kind.isPersistent ? 400 : 1_500) {
            do { try life.step() } catch {
                Issue.record("seed \(seed), step \(step), \(life.kind): \(error)")
                return
            }
        }
    }

    @Test("a row expires one millisecond after its retention, and a put to it is refused")
    func expiry() throws {
        let store = try SessionStore<String, Int64>(
            name: "s", retention: .milliseconds(100), byteStore: InMemoryByteStore(), keySerde: TextSerde(),
            valueSerde: NumberSerde())
        let old = SessionRow(start: 10, end: 50)
        #expect(try store.put("k", old, 1, at: Timestamp(50)))
        #expect(try store.put("other", SessionRow(start: 149, end: 149), 1, at: Timestamp(149)))
        #expect(try store.get("k", old) != nil)
        #expect(try store.put("other", SessionRow(start: 149, end: 150), 1, at: Timestamp(150)))
        #expect(try store.get("k", old) == nil)
        #expect(try store.rows(in: "k").isEmpty)
        #expect(try !store.put("k", old, 2, at: Timestamp(50)))
        store.abort()
        #expect(store.observedStreamTime == nil)
    }

    @Test("expired rows leave memory and disk", arguments: ByteStoreKind.allCases)
    func memory(kind: ByteStoreKind) throws {
        let directory = TemporaryDirectory()
        let store = try GroupedLife<SessionRow>.open(kind, directory, retention: 200_000)
        let changelog = FakeChangelog()
        var largest = 0
        for window in Int64(0)..<200 {
            let row = SessionRow(start: window * 10_000, end: window * 10_000 + 5)
            for key in 0..<100 { try store.put("key \(key)", row, 1, at: Timestamp(row.end)) }
            try changelog.commit(store)
            if window % 10 == 9 { try store.flush() }
            if window == 60 { largest = store.overlayByteCount }
        }
        #expect(store.overlayByteCount < largest * 2)
        var count = 0
        try store.forEach { _, _, _ in
            count += 1
            return true
        }
        #expect(count == 2_000)
    }

    @Test("what is put and removed between two commits leaves nothing but its time")
    func neverCommitted() throws {
        let store = try GroupedLife<SessionRow>.open(.inMemory, TemporaryDirectory(), retention: 200_000)
        let changelog = FakeChangelog()
        for end in Int64(0)..<1_000 {
            try store.put("k", SessionRow(start: 0, end: end), end, at: Timestamp(end))
            if end > 0 { try store.put("k", SessionRow(start: 0, end: end - 1), nil, at: Timestamp(end)) }
        }
        #expect(store.approximateCount == 1)
        try changelog.commit(store)
        #expect(changelog.committed.count == 1)
        try store.put("k", SessionRow(start: 5_000, end: 5_000), 1, at: Timestamp(5_000))
        try store.put("k", SessionRow(start: 5_000, end: 5_000), nil, at: Timestamp(5_000))
        try changelog.commit(store)
        let restored = try GroupedLife<SessionRow>.open(.inMemory, TemporaryDirectory(), retention: 200_000)
        try changelog.restore(restored)
        #expect(restored.observedStreamTime == Timestamp(5_000))
        #expect(try restored.rows(in: "k").map(\.row) == [SessionRow(start: 0, end: 999)])
    }

    @Test("rows stay where memory is given back between a write and its flush", arguments: ByteStoreKind.allCases)
    func evictionWhileDirty(kind: ByteStoreKind) throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let store = try GroupedLife<NumberRow>.open(kind, directory, retention: nil)
        let changelog = FakeChangelog()
        func evict() { for _ in 0..<2 { store.evictClean() } }
        for number in Int64(0)..<3 { try store.put("k", NumberRow(number), number, at: Timestamp(number)) }
        try changelog.commit(store)
        try store.flush()
        // The clean rows go first, the removed one when it has been written down, and then the group.
        try store.put("k", NumberRow(0), nil, at: Timestamp(5))
        try changelog.commit(store)
        evict()
        try store.flush()
        evict()
        #expect(try store.rows(in: "k").map(\.row.number) == [1, 2])
        #expect(try store.rows(in: "k", view: .committed).map(\.row.number) == [1, 2])
        // A row that comes and goes before the commit keeps the group in memory, but not its rows.
        evict()
        _ = try store.get("k", NumberRow(1))
        try store.put("k", NumberRow(9), 9, at: Timestamp(9))
        try store.put("k", NumberRow(9), nil, at: Timestamp(9))
        evict()
        #expect(try store.rows(in: "k").map(\.row.number) == [1, 2])
    }

    @Test("a group that is partly in memory and expires there keeps its other rows", arguments: ByteStoreKind.allCases)
    func sweepWhileDirty(kind: ByteStoreKind) throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let store = try GroupedLife<SessionRow>.open(kind, directory, retention: 200_000)
        let changelog = FakeChangelog()
        let old = SessionRow(start: 0, end: 0)
        let young = SessionRow(start: 150_000, end: 150_000)
        try store.put("k", old, 1, at: Timestamp(0))
        try store.put("k", young, 2, at: Timestamp(150_000))
        try changelog.commit(store)
        try store.flush()
        try store.put("k", old, 3, at: Timestamp(0))
        try changelog.commit(store)
        for _ in 0..<2 { store.evictClean() }
        try store.put("other", SessionRow(start: 320_000, end: 320_000), 1, at: Timestamp(320_000))
        try changelog.commit(store)
        #expect(try store.rows(in: "k").map(\.row) == [young])
    }

    @Test("a group with more rows than memory should hold is read in place", arguments: ByteStoreKind.allCases)
    func largeGroup(kind: ByteStoreKind) throws {
        let directory = TemporaryDirectory()
        var store = try GroupedLife<NumberRow>.open(kind, directory, retention: nil)
        let changelog = FakeChangelog()
        for number in Int64(0)..<10_000 { try store.put("k", NumberRow(number), number, at: Timestamp(number)) }
        try changelog.commit(store)
        try store.flush()
        if kind.isPersistent {
            store.close()
            store = try GroupedLife<NumberRow>.open(kind, directory, retention: nil)
        } else {
            store.evictClean()
            store.evictClean()
        }
        try store.put("k", NumberRow(7), nil, at: Timestamp(20_000))
        try store.put("k", NumberRow(20_000), 1, at: Timestamp(20_000))
        #expect(try store.rows(in: "k").count == 10_000)
        #expect(try store.rows(in: "k", view: .committed).count == 10_000)
        let around = try store.rows(in: "k", from: NumberRow(5), to: NumberRow(9)).map(\.row.number)
        #expect(around == [5, 6, 8, 9])
        let before = try store.rows(in: "k", from: NumberRow(5), to: NumberRow(9), reversed: true, view: .committed)
        #expect(before.map(\.row.number) == [9, 8, 7, 6, 5])
        #expect(store.overlayByteCount < 100_000)
    }
}
