internal import MillraceCore

/// Restored changelog records on their way to the byte store: the last one of each key, as bytes, never decoded.
/// Pure memory; owned by a store, empty while its overlay is not.
@usableFromInline
struct RestoreBuffer: ~Copyable {
    private struct Record {
        var hash: UInt32
        var key: Range<Int>
        /// With the timestamp; nil is a tombstone.
        var value: Range<Int>?
    }

    private var buffer = ByteWriter(capacity: 4096)
    private var records: [Record] = []
    /// Index + 1 of a record, 0 for a free slot.
    private var slots = [UInt32](repeating: 0, count: 64)

    @usableFromInline
    init() {}

    @usableFromInline var isEmpty: Bool { records.isEmpty }
    @usableFromInline var byteCount: Int {
        buffer.count + records.count * MemoryLayout<Record>.stride + slots.count * 4
    }

    mutating func put(_ key: RawSpan, _ value: RawSpan?, timestamp: Int64) {
        var valueRange: Range<Int>?
        if let value {
            let start = buffer.count
            buffer.append(timestamp)
            buffer.append(value)
            valueRange = start..<buffer.count
        }
        let hash = key.withUnsafeBytes { unsafe OverlayHash.hash(bytes: $0) }
        var position = Int(hash) & (slots.count - 1)
        while slots[position] != 0 {
            let index = Int(slots[position]) - 1
            if records[index].hash == hash, buffer.bytes.extracting(records[index].key).elementsEqual(key) {
                records[index].value = valueRange
                return
            }
            position = (position + 1) & (slots.count - 1)
        }
        let start = buffer.count
        buffer.append(key)
        records.append(Record(hash: hash, key: start..<buffer.count, value: valueRange))
        slots[position] = UInt32(records.count)
        if records.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for (index, record) in records.enumerated() {
            var position = Int(record.hash) & (slots.count - 1)
            while slots[position] != 0 { position = (position + 1) & (slots.count - 1) }
            slots[position] = UInt32(index + 1)
        }
    }

    /// Every key with its last value (timestamp first), in the order in which the keys came.
    @usableFromInline
    func forEach(_ body: (_ key: RawSpan, _ value: RawSpan?) throws -> Void) rethrows {
        for record in records {
            let key = buffer.bytes.extracting(record.key)
            if let value = record.value {
                try body(key, buffer.bytes.extracting(value))
            } else {
                try body(key, nil)
            }
        }
    }

    @usableFromInline
    mutating func removeAll() { self = RestoreBuffer() }
}
