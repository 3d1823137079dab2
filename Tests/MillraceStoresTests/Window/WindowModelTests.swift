import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

/// Random lives of a window store against plain dictionaries.
@Suite("A window store does what its model does")
struct WindowModelTests {
    typealias Store = WindowStore<String, Int64>
    typealias Row = ValueAndTimestamp<Int64>

    struct Cell: Hashable, Comparable {
        let start: Int64
        let key: String

        static func < (left: Cell, right: Cell) -> Bool {
            left.start != right.start
                ? left.start < right.start : Array(left.key.utf8).lexicographicallyPrecedes(right.key.utf8)
        }
    }

    struct Rows {
        var cells: [Cell: Row] = [:]
        var newest: Int64 = -1

        var firstVisible: Int64 { max(0, newest - Life.retention + 1) }
        var visible: [Cell: Row] { cells.filter { $0.key.start >= firstVisible } }
    }

    struct Life {
        static let retention: Int64 = 200_000
        let kind: ByteStoreKind
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        var store: Store
        var latest = Rows()
        var committed = Rows()
        var order: [Cell] = []
        /// Of the last write of each cell.
        var stamps: [Cell: Timestamp] = [:]
        var dice: Dice
        var clock: Int64 = 0

        init(kind: ByteStoreKind, seed: UInt64) throws {
            self.kind = kind
            dice = Dice(seed: seed)
            store = try Life.open(kind, directory)
        }

        static func open(_ kind: ByteStoreKind, _ directory: TemporaryDirectory) throws -> Store {
            try Store(
                name: "w", retention: .milliseconds(retention), byteStore: try kind.open(directory),
                keySerde: TextSerde(), valueSerde: NumberSerde())
        }

        mutating func cell() -> Cell {
            if dice.roll(12) == 0 { clock += Int64(dice.roll(60_000)) }
            let start = max(0, clock - Int64(dice.roll(260_000))) / 10_000 * 10_000
            return Cell(start: start, key: ["", "a", "ab", "b", "longer than a small string is"][dice.roll(5)])
        }

        mutating func put() throws {
            let cell = cell()
            let value: Int64? = dice.roll(5) == 0 ? nil : Int64(dice.roll(1_000))
            let stamp = Timestamp(clock + 1)
            let isKept = try store.put(cell.key, value, windowStart: Timestamp(cell.start), at: stamp)
            latest.newest = max(latest.newest, cell.start)
            #expect(isKept == (cell.start >= latest.firstVisible))
            guard isKept else { return }
            latest.cells[cell] = value.map { Row($0, at: stamp) }
            stamps[cell] = stamp
            if !order.contains(cell) { order.append(cell) }
        }

        mutating func commit() throws {
            var seen: [Cell] = []
            try store.forEachUncommitted { key, start, new, old, time in
                let cell = Cell(start: start.millisecondsSinceEpoch, key: key)
                seen.append(cell)
                #expect(new == latest.cells[cell])
                #expect(time == stamps[cell])
                if cell.start >= latest.firstVisible { #expect(old == committed.visible[cell]) }
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

        mutating func reopen() throws {
            let end = store.checkpoint
            store.close()
            store = try Life.open(kind, directory)
            #expect(store.checkpoint == (kind.isPersistent ? end : nil))
            try changelog.restore(store, batch: 1 + dice.roll(9))
            latest = committed
            order = []
            #expect(store.observedStreamTime?.millisecondsSinceEpoch ?? -1 == committed.newest)
        }

        mutating func get() throws {
            let cell = cell()
            let start = Timestamp(cell.start)
            #expect(try store.get(cell.key, windowStart: start) == latest.visible[cell])
            #expect(try store.committedGet(cell.key, windowStart: start) == committed.visible[cell])
        }

        mutating func scan() throws {
            let view: ReadView = dice.roll(2) == 0 ? .latest : .committed
            let rows = (view == .latest ? latest : committed).visible
            let from = cell().start
            let to = from + Int64(dice.roll(120_000))
            let reversed = dice.roll(2) == 0
            let cells = rows.keys.filter { $0.start >= from && $0.start <= to }.sorted()
            let found = try store.fetchAll(from: Timestamp(from), to: Timestamp(to), reversed: reversed, view: view)
            let foundCells = found.map { Cell(start: $0.windowStart.millisecondsSinceEpoch, key: $0.key) }
            #expect(foundCells == (reversed ? cells.reversed() : cells))
            for (index, cell) in foundCells.enumerated() { #expect(found[index].value == rows[cell]) }

            let key = cell().key
            let ofKey = try store.fetch(key, from: Timestamp(from), to: Timestamp(to), reversed: reversed, view: view)
            let keyCells = cells.filter { $0.key == key }.map(\.start)
            let starts = ofKey.map(\.windowStart.millisecondsSinceEpoch)
            #expect(starts == (reversed ? keyCells.reversed() : keyCells))
            for (start, value) in ofKey {
                #expect(value == rows[Cell(start: start.millisecondsSinceEpoch, key: key)])
            }
        }

        mutating func step() throws {
            switch dice.roll(100) {
            case 0..<55: try put()
            case 55..<66: try get()
            case 66..<76: try scan()
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

    @Test(
        "reads, fetches, commits, aborts, flushes, evictions and crashes", arguments: ByteStoreKind.allCases,
        Seeds.first(12, of: 30))
    func life(kind: ByteStoreKind, seed: UInt64) throws {
        var life = try Life(kind: kind, seed: seed)
        for _ in 0..<(kind.isPersistent ? 400 : 1_200) {
            do { try life.step() } catch { Issue.record("seed \(seed), \(kind): \(error)") }
        }
        let all = try life.store.all().map { Cell(start: $0.windowStart.millisecondsSinceEpoch, key: $0.key) }
        #expect(all == life.latest.visible.keys.sorted(), "seed \(seed), \(kind)")
    }

    @Test("a window expires one millisecond after its retention, and a put to it is refused")
    func expiry() throws {
        let store = try Life.open(.inMemory, TemporaryDirectory())
        let old = Timestamp(1_000)
        #expect(try store.put("k", 1, windowStart: old, at: old))
        let edge = Timestamp(1_000 + Life.retention - 1)
        #expect(try store.put("k", 1, windowStart: edge, at: edge))
        #expect(try store.get("k", windowStart: old) != nil)
        let beyond = Timestamp(1_000 + Life.retention)
        #expect(try store.put("k", 1, windowStart: beyond, at: beyond))
        #expect(try store.get("k", windowStart: old) == nil)
        #expect(try !store.put("k", 2, windowStart: old, at: old))
        store.abort()
        #expect(store.observedStreamTime == nil)
    }

    @Test("expired windows leave memory and disk", arguments: ByteStoreKind.allCases)
    func memory(kind: ByteStoreKind) throws {
        let directory = TemporaryDirectory()
        let store = try Life.open(kind, directory)
        let changelog = FakeChangelog()
        var largest = 0
        for window in 0..<200 {
            let start = Timestamp(Int64(window) * 10_000)
            for key in 0..<100 { try store.put("key \(key)", 1, windowStart: start, at: start) }
            try changelog.commit(store)
            if window % 10 == 9 { try store.flush() }
            if window == 40 { largest = store.overlayByteCount }
        }
        #expect(store.overlayByteCount < largest * 2)
        #expect(try store.all().count == 2_000)
    }
}
