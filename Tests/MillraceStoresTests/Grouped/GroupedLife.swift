import MillraceCore
import MillraceStores
import Testing

/// A row that the dice can make.
protocol DiceRow: GroupRow {
    static func roll(_ dice: inout Dice, around time: Int64) -> Self
}

/// A row that never expires, and says nothing of time.
struct NumberRow: GroupRow, DiceRow {
    let number: Int64

    init(_ number: Int64) { self.number = number }

    static var expires: Bool { false }
    var time: Int64? { nil }
    static func < (left: NumberRow, right: NumberRow) -> Bool { left.number < right.number }
    func makeChangelogKey(_ writer: inout ByteWriter) { writer.append(number) }
    func appendStored(to writer: inout ByteWriter) { writer.append(number) }
    static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: NumberRow) {
        let groupCount = bytes.byteCount - 8
        return (0..<groupCount, try readStored(bytes.extracting(groupCount..<bytes.byteCount)))
    }
    static func readStored(_ bytes: RawSpan) throws(StoreError) -> NumberRow {
        var reader = ByteReader()
        guard bytes.byteCount == 8, let number = try? reader.read(Int64.self, from: bytes) else {
            throw StoreError(.corrupt, "no number")
        }
        return NumberRow(number)
    }
    static func roll(_ dice: inout Dice, around time: Int64) -> NumberRow { NumberRow(Int64(dice.roll(20))) }
}

extension SessionRow: DiceRow {
    static func roll(_ dice: inout Dice, around time: Int64) -> SessionRow {
        let end = max(0, time - Int64(dice.roll(260_000))) / 10_000 * 10_000
        return SessionRow(start: max(0, end - Int64(dice.roll(3)) * 10_000), end: end)
    }
}

/// One life of a grouped store beside its model.
final class GroupedLife<Row: DiceRow> {
    typealias Store = GroupedStore<String, Row, Int64>
    typealias Stamped = ValueAndTimestamp<Int64>

    struct Cell: Hashable, Comparable {
        let group: String
        let row: Row

        static func < (left: Cell, right: Cell) -> Bool {
            left.group != right.group
                ? Array(left.group.utf8).lexicographicallyPrecedes(right.group.utf8) : left.row < right.row
        }
    }

    struct Rows {
        var cells: [Cell: Stamped] = [:]
        var newest: Int64 = -1
        var retention: Int64?

        func isVisible(_ row: Row) -> Bool {
            guard let retention, let time = row.time else { return true }
            return time >= newest - retention + 1
        }
        var visible: [Cell: Stamped] { cells.filter { isVisible($0.key.row) } }
    }

    let kind: ByteStoreKind
    let retention: Int64?
    let directory = TemporaryDirectory()
    let changelog = FakeChangelog()
    var store: Store
    var latest = Rows()
    var committed = Rows()
    /// Of the last write of each cell since the commit.
    var stamps: [Cell: Timestamp] = [:]
    var dice: Dice
    var clock: Int64 = 0

    init(kind: ByteStoreKind, retention: Int64?, seed: UInt64) throws {
        self.kind = kind
        self.retention = retention
        dice = Dice(seed: seed)
        store = try Self.open(kind, directory, retention: retention)
        latest.retention = retention
        committed.retention = retention
    }

    static func open(_ kind: ByteStoreKind, _ directory: TemporaryDirectory, retention: Int64?) throws -> Store {
        try Store(
            name: "g", retention: retention.map { .milliseconds($0) }, byteStore: try kind.open(directory),
            keySerde: TextSerde(), valueSerde: NumberSerde())
    }

    func group() -> String { ["", "a", "a\0", "a\0b", "ab", "b", "longer than a small string is"][dice.roll(7)] }

    func cell() -> Cell {
        if dice.roll(12) == 0 { clock += Int64(dice.roll(60_000)) }
        return Cell(group: group(), row: Row.roll(&dice, around: clock))
    }

    func put() throws {
        let cell = cell()
        let value: Int64? = dice.roll(4) == 0 ? nil : Int64(dice.roll(1_000))
        let stamp = Timestamp(clock + 1)
        let isKept = try store.put(cell.group, cell.row, value, at: stamp)
        latest.newest = max(latest.newest, cell.row.time ?? -1)
        #expect(isKept == latest.isVisible(cell.row))
        guard isKept else { return }
        latest.cells[cell] = value.map { Stamped($0, at: stamp) }
        stamps[cell] = stamp
    }

    func commit() throws {
        var seen: Set<Cell> = []
        try store.forEachUncommitted { group, row, new, old, time in
            let cell = Cell(group: group, row: row)
            #expect(seen.insert(cell).inserted)
            #expect(new == latest.cells[cell])
            #expect(time == stamps[cell])
            if latest.isVisible(row) { #expect(old == committed.visible[cell]) }
        }
        // What was there or is there now has to be named; other writes may be.
        for cell in stamps.keys where latest.cells[cell] != nil || committed.visible[cell] != nil {
            #expect(seen.contains(cell) || !latest.isVisible(cell.row))
        }
        #expect(seen.isSubset(of: stamps.keys))
        try changelog.commit(store)
        committed = latest
        stamps = [:]
    }

    func abort() {
        store.abort()
        latest = committed
        stamps = [:]
    }

    func reopen() throws {
        let end = store.checkpoint
        store.close()
        store = try Self.open(kind, directory, retention: retention)
        #expect(store.checkpoint == (kind.isPersistent ? end : nil))
        try changelog.restore(store, batch: 1 + dice.roll(9))
        latest = committed
        stamps = [:]
        #expect(store.observedStreamTime?.millisecondsSinceEpoch ?? -1 == committed.newest)
    }

    func get() throws {
        let cell = cell()
        #expect(try store.get(cell.group, cell.row) == latest.visible[cell])
        #expect(try store.committedGet(cell.group, cell.row) == committed.visible[cell])
    }

    func scan() throws {
        let view: ReadView = dice.roll(2) == 0 ? .latest : .committed
        let rows = (view == .latest ? latest : committed).visible
        let group = group()
        let from: Row? = dice.roll(4) == 0 ? nil : Row.roll(&dice, around: clock)
        let to: Row? = dice.roll(4) == 0 ? nil : Row.roll(&dice, around: clock)
        let reversed = dice.roll(2) == 0
        let expected = rows.keys.filter { cell in
            cell.group == group && from.map { $0 <= cell.row } ?? true && to.map { cell.row <= $0 } ?? true
        }.sorted().map(\.row)
        let found = try store.rows(in: group, from: from, to: to, reversed: reversed, view: view)
        #expect(found.map(\.row) == (reversed ? expected.reversed() : expected))
        for (row, value) in found { #expect(value == rows[Cell(group: group, row: row)]) }
    }

    func scanAll() throws {
        let view: ReadView = dice.roll(2) == 0 ? .latest : .committed
        let rows = (view == .latest ? latest : committed).visible
        let from = Int64(dice.roll(Int(clock) + 1))
        let to = from + Int64(dice.roll(120_000))
        let expected = rows.filter { cell, _ in cell.row.time.map { $0 >= from && $0 <= to } ?? true }
        var found: [Cell: Stamped] = [:]
        var order: [Cell] = []
        let reversed = dice.roll(2) == 0
        try store.forEach(fromTime: Timestamp(from), toTime: Timestamp(to), reversed: reversed, view: view) {
            let cell = Cell(group: $0, row: $1)
            found[cell] = $2
            order.append(cell)
            return true
        }
        #expect(found == expected)
        if retention == nil { #expect(order == (reversed ? order.sorted().reversed() : order.sorted())) }
    }

    func step() throws {
        switch dice.roll(100) {
        case 0..<52: try put()
        case 52..<60: try get()
        case 60..<70: try scan()
        case 70..<76: try scanAll()
        case 76..<86: try commit()
        case 86..<90: abort()
        case 90..<94:
            try store.flush()
            #expect(!store.hasUnflushed)
        case 94..<97: store.evictClean()
        default: try reopen()
        }
    }
}
