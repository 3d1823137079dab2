public import MillraceCore

/// A byte store that lives and dies with the process. No I/O.
public final class InMemoryByteStore: ByteStore {
    private var map = OrderedByteMap<[UInt8]>()
    private var attributes: [String: Int64] = [:]
    public private(set) var checkpoint: Offset?
    /// Always nil: nothing of the store is left when somebody could ask.
    public var caughtUpAt: Timestamp? { nil }
    public var caughtUpNext: Timestamp?

    /// An empty store.
    public init() {}

    /// Always false.
    public var isPersistent: Bool { false }
    public var restoreBatchBytes: Int { 8 << 20 }
    public var isEmpty: Bool { map.count == 0 }
    public var approximateCount: Int { map.count }

    public func attribute(_ name: String) -> Int64? { attributes[name] }

    public func get(_ key: RawSpan, into value: inout ByteWriter) -> Bool {
        guard let found = map[key] else { return false }
        value.append(contentsOf: found)
        return true
    }

    public func cursor(from lower: [UInt8]?, to upper: [UInt8]?, reversed: Bool) -> any ByteCursor {
        Cursor(map: map, lower: lower, upper: upper, isReversed: reversed)
    }

    public func write(_ batch: borrowing ByteBatch) {
        for operation in batch.operations {
            switch operation {
            case .put(let key, let value):
                map.set(
                    [UInt8](copying: batch.bytes.extracting(key)), to: [UInt8](copying: batch.bytes.extracting(value)))
            case .delete(let key):
                map.remove(batch.bytes.extracting(key))
            case .deleteRange(let lower, let upper):
                map.removeRange(from: batch.bytes.extracting(lower), to: batch.bytes.extracting(upper))
            }
        }
        for (name, value) in batch.attributes { attributes[name] = value }
        if let offset = batch.checkpoint { checkpoint = offset }
    }

    /// Drops everything.
    public func close() {
        map = OrderedByteMap()
    }

    private final class Cursor: ByteCursor {
        private let map: OrderedByteMap<[UInt8]>
        private let lower: [UInt8]?
        private let upper: [UInt8]?
        private let isReversed: Bool
        private var position: OrderedByteMap<[UInt8]>.Position

        init(map: OrderedByteMap<[UInt8]>, lower: [UInt8]?, upper: [UInt8]?, isReversed: Bool) {
            self.map = map
            self.lower = lower
            self.upper = upper
            self.isReversed = isReversed
            let bound = isReversed ? upper : lower
            position = bound.map { map.lowerBound($0.span.bytes) } ?? (isReversed ? map.end : map.start)
        }

        func seek(_ key: RawSpan) {
            if !isReversed {
                position = map.lowerBound(key)
                return
            }
            var after = [UInt8](copying: key)
            after.append(0)
            position = map.lowerBound(after.span.bytes)
        }

        func next(key: inout ByteWriter, value: inout ByteWriter) -> Bool {
            guard let element = isReversed ? map.previous(before: &position) : map.next(after: &position) else {
                return false
            }
            if isReversed {
                if let lower, element.key.span.bytes.precedes(lower.span.bytes) { return false }
            } else if let upper, !element.key.span.bytes.precedes(upper.span.bytes) {
                return false
            }
            key.removeAll()
            key.append(contentsOf: element.key)
            value.removeAll()
            value.append(contentsOf: element.payload)
            return true
        }
    }
}
