public import MillraceCore

/// Writes for a byte store, gathered in one buffer: later ones win. Pure memory; recycled by its owner.
public struct ByteBatch: ~Copyable {
    /// A write. Ranges are places in `bytes`.
    public enum Operation {
        /// Sets a key's value; both lie in the batch's bytes.
        case put(key: Range<Int>, value: Range<Int>)
        /// Removes a key.
        case delete(key: Range<Int>)
        /// Every key in `lower..<upper` that the store held before this batch.
        case deleteRange(lower: Range<Int>, upper: Range<Int>)
    }

    /// What the batch does, in order.
    public private(set) var operations: [Operation] = []
    /// Numbers that are kept beside the data.
    public private(set) var attributes: [(name: String, value: Int64)] = []
    /// The changelog offset that the store stands for once the batch is written; nil leaves it.
    public var checkpoint: Offset?
    private var buffer = ByteWriter(capacity: 4096)

    /// A batch that does nothing.
    public init() {}

    /// Whether it does nothing.
    public var isEmpty: Bool { operations.isEmpty && attributes.isEmpty && checkpoint == nil }
    /// Memory that it takes.
    public var byteCount: Int { buffer.count + operations.count * MemoryLayout<Operation>.stride }

    /// The bytes that the operations point into.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { buffer.bytes }
    }

    /// Adds a put; the bytes are copied.
    public mutating func put(_ key: RawSpan, _ value: RawSpan) {
        let keyRange = keep(key)
        operations.append(.put(key: keyRange, value: keep(value)))
    }

    /// A put of Kafka's timestamped value: eight bytes of timestamp, then the value.
    public mutating func put(_ key: RawSpan, _ value: RawSpan, timestamp: Int64) {
        let keyRange = keep(key)
        let start = buffer.count
        buffer.append(timestamp)
        buffer.append(value)
        operations.append(.put(key: keyRange, value: start..<buffer.count))
    }

    /// Adds a removal; the bytes are copied.
    public mutating func delete(_ key: RawSpan) { operations.append(.delete(key: keep(key))) }

    /// Deletes every key in `lower..<upper` that the store holds before this batch; keys put by the batch itself must
    /// lie outside.
    public mutating func deleteRange(from lower: RawSpan, to upper: RawSpan) {
        let lowerRange = keep(lower)
        operations.append(.deleteRange(lower: lowerRange, upper: keep(upper)))
    }

    /// Keeps a number beside the data.
    public mutating func setAttribute(_ name: String, _ value: Int64) { attributes.append((name, value)) }

    /// Whether the write at a place of `operations` is of this key.
    func hasKey(_ key: RawSpan, at index: Int) -> Bool {
        operations[index].pointKey.map { bytes.extracting($0).elementsEqual(key) } ?? false
    }

    /// Makes the write at a place of `operations` a put of another timestamped value, or a delete where it is nil. The
    /// bytes of the old value stay in the buffer.
    mutating func replaceValue(at index: Int, _ value: RawSpan?, timestamp: Int64) {
        guard let key = operations[index].pointKey else { return }
        guard let value else {
            operations[index] = .delete(key: key)
            return
        }
        // In its place where it fits: changelogs of counters would fill the buffer with dead values.
        if case .put(_, let old) = operations[index], old.count == value.byteCount + 8 {
            buffer.overwrite(at: old.lowerBound, timestamp)
            buffer.overwrite(at: old.lowerBound + 8, value)
            return
        }
        let start = buffer.count
        buffer.append(timestamp)
        buffer.append(value)
        operations[index] = .put(key: key, value: start..<buffer.count)
    }

    /// Drops the puts and deletes whose keys sort before `lower`; returns the places of those kept.
    mutating func removePoints(before lower: RawSpan) -> [Int] {
        var kept: [Int] = []
        for (index, operation) in operations.enumerated() {
            if let key = operation.pointKey, bytes.extracting(key).precedes(lower) { continue }
            kept.append(index)
        }
        if kept.count < operations.count { operations = kept.map { operations[$0] } }
        return kept
    }

    /// Leaves the puts and deletes.
    mutating func removeAllButPoints() {
        operations.removeAll { $0.pointKey == nil }
        attributes.removeAll()
        checkpoint = nil
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        operations.removeAll(keepingCapacity: true)
        attributes.removeAll()
        checkpoint = nil
        buffer.removeAll()
    }

    private mutating func keep(_ bytes: RawSpan) -> Range<Int> {
        let start = buffer.count
        buffer.append(bytes)
        return start..<buffer.count
    }
}
