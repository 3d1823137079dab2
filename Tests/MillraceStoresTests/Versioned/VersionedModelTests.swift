import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

/// Random lives of a versioned store against a model that forgets nothing and looks through everything.
@Suite("A versioned store does what its model does")
struct VersionedModelTests {
    typealias Store = VersionedStore<String, Int64>

    struct Model: Equatable {
        /// By key and time; the inner nil is a version without a value.
        var versions: [String: [Int64: Int64?]] = [:]
        var observed: Int64 = -1
        var history: Int64

        func isExpired(_ time: Int64) -> Bool { time < observed - history }

        func sorted(_ key: String) -> [(from: Int64, until: Int64?, value: Int64?)] {
            let all = (versions[key] ?? [:]).sorted { $0.key < $1.key }
            return all.indices.map { index in
                (all[index].key, index + 1 < all.count ? all[index + 1].key : nil, all[index].value)
            }
        }

        func latest(_ key: String) -> VersionedRecord<Int64>? {
            guard let last = sorted(key).last, let value = last.value else { return nil }
            return VersionedRecord(value, validFrom: Timestamp(last.from), validTo: nil)
        }

        func get(_ key: String, asOf time: Int64) -> VersionedRecord<Int64>? {
            if isExpired(time) { return latest(key).flatMap { $0.validFrom.millisecondsSinceEpoch <= time ? $0 : nil } }
            guard let found = sorted(key).last(where: { $0.from <= time }), let value = found.value else { return nil }
            return VersionedRecord(value, validFrom: Timestamp(found.from), validTo: found.until.map { Timestamp($0) })
        }

        func history(_ key: String, from: Int64?, to: Int64?) -> [VersionedRecord<Int64>] {
            let first = max(from ?? .min, observed - history)
            return sorted(key).compactMap { version in
                guard let value = version.value, version.from <= to ?? .max, version.until ?? .max > first else {
                    return nil
                }
                return VersionedRecord(
                    value, validFrom: Timestamp(version.from), validTo: version.until.map { Timestamp($0) })
            }
        }
    }

    final class Life {
        let kind: ByteStoreKind
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        var store: Store
        var latest: Model
        var committed: Model
        var dice: Dice
        var clock: Int64 = 0

        init(kind: ByteStoreKind, history: Int64, seed: UInt64) throws {
            self.kind = kind
            dice = Dice(seed: seed)
            latest = Model(history: history)
            committed = latest
            store = try Life.open(kind, directory, history)
        }

        static func open(_ kind: ByteStoreKind, _ directory: TemporaryDirectory, _ history: Int64) throws -> Store {
            try Store(
                name: "v", history: .milliseconds(history), byteStore: try kind.open(directory), keySerde: TextSerde(),
                valueSerde: NumberSerde())
        }

        func key() -> String { ["", "a", "a\0", "ab", "b", "longer than a small string is"][dice.roll(6)] }

        /// Mostly within the history, in steps, so that times meet.
        func time() -> Int64 {
            if dice.roll(15) == 0 { clock += Int64(dice.roll(900)) }
            return max(0, clock - Int64(dice.roll(Int(latest.history) * 3 / 2 + 20))) / 10 * 10 + Int64(dice.roll(2))
        }

        func put() throws {
            let key = key()
            let time = time()
            let value: Int64? = dice.roll(4) == 0 ? nil : Int64(dice.roll(1_000))
            let isExpired = latest.isExpired(time)
            let later = latest.versions[key]?.keys.filter { $0 > time }.min()
            let wanted: Store.Placement =
                isExpired ? .expired : later.map { .earlier(until: Timestamp($0)) } ?? .latest
            if value == nil && dice.roll(2) == 0 {
                #expect(try store.delete(key, at: Timestamp(time)) == (isExpired ? nil : latest.get(key, asOf: time)))
            } else {
                #expect(try store.put(key, value, at: Timestamp(time)) == wanted)
            }
            if isExpired { return }
            latest.versions[key, default: [:]][time] = .some(value)
            latest.observed = max(latest.observed, time)
        }

        func look() throws {
            let view: ReadView = dice.roll(2) == 0 ? .latest : .committed
            let model = view == .latest ? latest : committed
            let key = key()
            #expect(try store.get(key, view: view) == model.latest(key))
            let time = time()
            #expect(try store.get(key, asOf: Timestamp(time), view: view) == model.get(key, asOf: time))
            let from: Int64? = dice.roll(3) == 0 ? nil : self.time()
            let to: Int64? = dice.roll(3) == 0 ? nil : self.time()
            let found = try store.history(
                of: key, from: from.map { Timestamp($0) }, to: to.map { Timestamp($0) }, view: view)
            #expect(found == model.history(key, from: from, to: to), "from \(from ?? -1) to \(to ?? -1)")
        }

        func reopen() throws {
            store.close()
            store = try Life.open(kind, directory, latest.history)
            try changelog.restore(store, batch: 1 + dice.roll(9))
            latest = committed
            #expect(store.observedStreamTime?.millisecondsSinceEpoch ?? -1 == committed.observed)
        }

        func step() throws {
            switch dice.roll(100) {
            case 0..<50: try put()
            case 50..<76: try look()
            case 76..<86:
                try changelog.commit(store)
                committed = latest
            case 86..<90:
                store.abort()
                latest = committed
            case 90..<94:
                try store.flush()
                #expect(!store.hasUnflushed)
            case 94..<97: store.evictClean()
            default: try reopen()
            }
        }
    }

    @Test(
        "versions in any order, commits, aborts, flushes, restarts", arguments: ByteStoreKind.allCases,
        Seeds.first(8, of: 16))
    func live(kind: ByteStoreKind, seed: UInt64) throws {
        let life = try Life(kind: kind, history: [0, 30, 300, 2_000][Int(seed % 4)], seed: seed)
        for step in 0..<(kind.isPersistent ? 400 : 1_200) {
            do { try life.step() } catch {
                Issue.record("seed \(seed), step \(step), \(kind): \(error)")
                return
            }
        }
    }

    private func store(history: Int64) throws -> Store {
        try Life.open(.inMemory, TemporaryDirectory(), history)
    }

    @Test("looks back as far as the history, to the millisecond; the latest version never expires (F2)")
    func boundary() throws {
        let store = try store(history: 100)
        try store.put("a", 1, at: Timestamp(10))
        try store.put("a", 2, at: Timestamp(150))
        #expect(try store.get("a", asOf: Timestamp(49)) == nil)
        #expect(try store.get("a", asOf: Timestamp(50))?.value == 1)
        #expect(try store.put("a", 3, at: Timestamp(49)) == .expired)
        #expect(try store.put("a", 4, at: Timestamp(50)) == .earlier(until: Timestamp(150)))
        try store.put("b", 5, at: Timestamp(300))
        #expect(try store.get("a", asOf: Timestamp(199))?.value == 2)
        #expect(try store.get("a", asOf: Timestamp(149)) == nil)
        #expect(try store.delete("a", at: Timestamp(199)) == nil)
        #expect(try store.get("a")?.value == 2)
        #expect(try store.delete("a", at: Timestamp(250))?.value == 2)
        #expect(try store.get("a") == nil)
        #expect(try store.get("a", asOf: Timestamp(249))?.validTo == Timestamp(250))
    }

    @Test("looks up the ends of time")
    func endsOfTime() throws {
        let store = try store(history: 100)
        try store.put("a", 1, at: Timestamp(5))
        #expect(try store.get("a", asOf: Timestamp(.max)) == VersionedRecord(1, validFrom: Timestamp(5), validTo: nil))
        #expect(try store.get("a", asOf: Timestamp(-1)) == nil)
        #expect(try store.get("a", asOf: Timestamp(.min)) == nil)
        try store.put("a", 2, at: Timestamp(.max))
        #expect(try store.get("a", asOf: Timestamp(.max))?.value == 2)
        #expect(try store.get("a", asOf: Timestamp(.max - 1))?.validTo == Timestamp(.max))
    }

    @Test("the last record of a key in the changelog is its latest version, so that compaction keeps it")
    func compaction() throws {
        let store = try store(history: 1_000)
        let changelog = FakeChangelog()
        try store.put("a", 7, at: Timestamp(500))
        try changelog.commit(store)
        try store.put("a", 6, at: Timestamp(400))
        try store.put("b", nil, at: Timestamp(450))
        try changelog.commit(store)
        #expect(changelog.committed.map(\.timestamp) == [500, 400, 500, 450].map { Timestamp($0) })
        #expect(changelog.committed.map { $0.value?.last } == [7, 6, 7, nil])
        #expect(changelog.committed.map(\.key) == ["a", "a", "a", "b"].map { Array($0.utf8) })
        let compacted = try self.store(history: 1_000)
        for record in changelog.committed.suffix(2) {
            let value = record.value
            try compacted.restore(key: record.key.span.bytes, value: value?.span.bytes, timestamp: record.timestamp)
        }
        #expect(try compacted.get("a") == VersionedRecord(7, validFrom: Timestamp(500), validTo: nil))
    }

    @Test("what has left the history leaves memory, also of keys that are written no more")
    func forgetting() throws {
        let store = try store(history: 10_000)
        let changelog = FakeChangelog()
        for key in 0..<1_000 {
            for version in 0..<10 as Range<Int64> { try store.put("k\(key)", version, at: Timestamp(version * 10)) }
        }
        for key in 0..<500 { try store.delete("k\(key)", at: Timestamp(1_000)) }
        try changelog.commit(store)
        #expect(store.approximateCount == 10_500)
        for time in 0..<4_000 as Range<Int64> {
            try store.put("other", time, at: Timestamp(20_000 + time))
            if time % 100 == 0 { try changelog.commit(store) }
        }
        try changelog.commit(store)
        try store.flush()
        // The latest of 500 keys, and all of one.
        #expect(store.approximateCount == 4_500)
        for time in 0..<4_000 as Range<Int64> {
            try store.put("other", 0, at: Timestamp(50_000 + time))
            if time % 100 == 0 { try changelog.commit(store) }
        }
        try changelog.commit(store)
        try store.flush()
        #expect(store.approximateCount == 4_501)
        #expect(try store.get("k700")?.value == 9)
        #expect(try store.get("k1") == nil)
    }
}
