import MillraceCore
import MillraceStores
import Testing

/// A store that follows a changelog and is asked meanwhile, as a standby is. It must say what a fresh store says that
/// was restored up to the same place and asked nothing before; the fresh one is the model.
@Suite("A store that is read while it is restored")
struct FollowedStoreTests {
    /// A kind of store: how one is opened, written at random, and read out.
    struct Kind<Store: StateStore> {
        let open: (any ByteStore) throws -> Store
        let write: (Store, inout Dice, Timestamp) throws -> Void
        let rows: (Store) throws -> [String]
    }

    private func follow<Store>(_ kind: Kind<Store>, on bytes: ByteStoreKind, seed: UInt64) throws {
        var dice = Dice(seed: seed)
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        let leader = try kind.open(InMemoryByteStore())
        var follower = try kind.open(try bytes.open(directory))
        var position = 0
        var clock: Int64 = 0
        for step in 0..<100 {
            for _ in 0..<dice.roll(8) {
                clock += Int64(dice.roll(9_000))
                try kind.write(leader, &dice, Timestamp(clock))
            }
            try changelog.commit(leader)
            let next = position + dice.roll(changelog.committed.count - position + 1)
            try changelog.restore(follower, from: position, to: next)
            position = next
            if dice.roll(3) == 0 {
                let fresh = try kind.open(InMemoryByteStore())
                try changelog.restore(fresh, from: 0, to: position)
                let (found, expected) = (try kind.rows(follower), try kind.rows(fresh))
                #expect(found == expected, "seed \(seed), step \(step)")
                if found != expected { return }
            }
            switch dice.roll(12) {
            case 0: try follower.flush()
            case 1:
                try follower.flush()
                follower.evictAllClean()
            case 2: follower.evictClean()
            case 3 where bytes.isPersistent:
                // What is not on the disk is read again.
                follower.close()
                follower = try kind.open(try bytes.open(directory))
                position = Int(follower.checkpoint?.rawValue ?? 0)
            default: break
            }
        }
    }

    private static let keys = ["", "a", "ab", "b", "longer than a small string is"]

    @Test("key-value", arguments: ByteStoreKind.allCases, 0..<4 as Range<UInt64>)
    func keyValue(_ bytes: ByteStoreKind, seed: UInt64) throws {
        let kind = Kind<KeyValueStore<String, Int64>>(
            open: { KeyValueStore(name: "k", byteStore: $0, keySerde: TextSerde(), valueSerde: NumberSerde()) },
            write: { store, dice, time in
                let key = Self.keys[dice.roll(5)] + "\(dice.roll(10))"
                try store.write(key, dice.roll(4) == 0 ? nil : Int64(dice.roll(1_000)), at: time)
            },
            rows: { store in
                try store.range(view: .committed).map { row in
                    let got = try store.committedGet(row.key)
                    return "\(row.key)=\(row.value.value)@\(row.value.timestamp) \(String(describing: got?.value))"
                }
            })
        try follow(kind, on: bytes, seed: seed)
    }

    @Test("windows", arguments: ByteStoreKind.allCases, 0..<4 as Range<UInt64>)
    func windows(_ bytes: ByteStoreKind, seed: UInt64) throws {
        let kind = Kind<WindowStore<String, Int64>>(
            open: {
                try WindowStore(
                    name: "w", retention: .seconds(200), byteStore: $0, keySerde: TextSerde(),
                    valueSerde: NumberSerde())
            },
            write: { store, dice, time in
                let start = max(0, time.millisecondsSinceEpoch - Int64(dice.roll(260_000))) / 10_000 * 10_000
                _ = try store.put(
                    Self.keys[dice.roll(5)], dice.roll(5) == 0 ? nil : Int64(dice.roll(1_000)),
                    windowStart: Timestamp(start), at: time)
            },
            rows: { store in
                try store.fetchAll(view: .committed).map { row in
                    let got = try store.committedGet(row.key, windowStart: row.windowStart)
                    return "\(row.key)@\(row.windowStart)=\(row.value) \(String(describing: got))"
                }
            })
        try follow(kind, on: bytes, seed: seed)
    }

    @Test("sessions", arguments: ByteStoreKind.allCases, 0..<4 as Range<UInt64>)
    func sessions(_ bytes: ByteStoreKind, seed: UInt64) throws {
        let kind = Kind<GroupedStore<String, SessionRow, Int64>>(
            open: {
                try GroupedStore(
                    name: "s", retention: .seconds(200), byteStore: $0, keySerde: TextSerde(),
                    valueSerde: NumberSerde())
            },
            write: { store, dice, time in
                let row = SessionRow.roll(&dice, around: time.millisecondsSinceEpoch)
                _ = try store.put(
                    Self.keys[dice.roll(5)], row, dice.roll(4) == 0 ? nil : Int64(dice.roll(1_000)), at: time)
            },
            rows: { store in
                var rows: [String] = []
                try store.forEach(view: .committed) { group, row, value in
                    rows.append("\(group) \(row.start)-\(row.end)=\(value)")
                    return true
                }
                for key in Self.keys {
                    rows += try store.rows(in: key, view: .committed).map { "\(key) \($0.row.end)=\($0.value)" }
                }
                return rows.sorted()
            })
        try follow(kind, on: bytes, seed: seed)
    }

    @Test("versions", arguments: ByteStoreKind.allCases, 0..<4 as Range<UInt64>)
    func versions(_ bytes: ByteStoreKind, seed: UInt64) throws {
        let kind = Kind<VersionedStore<String, Int64>>(
            open: {
                try VersionedStore(
                    name: "v", history: .seconds(200), byteStore: $0, keySerde: TextSerde(),
                    valueSerde: NumberSerde())
            },
            write: { store, dice, time in
                let at = Timestamp(max(0, time.millisecondsSinceEpoch - Int64(dice.roll(100_000))))
                _ = try store.put(Self.keys[dice.roll(5)], dice.roll(4) == 0 ? nil : Int64(dice.roll(1_000)), at: at)
            },
            rows: { store in
                try Self.keys.flatMap { key in
                    let latest = try store.get(key, view: .committed)
                    return ["\(key) \(String(describing: latest))"]
                        + (try store.history(of: key, view: .committed).map { "\(key) \($0)" })
                }
            })
        try follow(kind, on: bytes, seed: seed)
    }
}

extension FakeChangelog {
    /// Restores a part of the changelog, as one batch.
    fileprivate func restore(_ store: any StateStore, from start: Int, to end: Int) throws {
        guard start < end else { return }
        for record in committed[start..<end] {
            if let value = record.value {
                try store.restore(key: record.key.span.bytes, value: value.span.bytes, timestamp: record.timestamp)
            } else {
                try store.restore(key: record.key.span.bytes, value: nil, timestamp: record.timestamp)
            }
        }
        try store.completeRestoredBatch(changelogEnd: Offset(Int64(end)))
    }
}
