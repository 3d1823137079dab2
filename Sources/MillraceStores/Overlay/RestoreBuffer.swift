internal import MillraceCore

/// Restored changelog records on their way to the byte store: the last one of each key, as bytes, never decoded, in a
/// batch that can be written as it is. Pure memory; owned by a store, empty while its overlay is not.
@usableFromInline
struct RestoreBuffer: ~Copyable {
    /// A put or a delete for each key.
    @usableFromInline private(set) var batch = ByteBatch()
    /// Of the key of each operation.
    private var hashes: [UInt32] = []
    /// Index + 1 of an operation, 0 for a free slot.
    private var slots = [UInt32](repeating: 0, count: 64)

    @usableFromInline
    init() {}

    @usableFromInline var isEmpty: Bool { hashes.isEmpty }
    @usableFromInline var byteCount: Int { batch.byteCount + hashes.count * 4 + slots.count * 4 }

    mutating func put(_ key: RawSpan, _ value: RawSpan?, timestamp: Int64) {
        let hash = key.withUnsafeBytes { unsafe OverlayHash.hash(bytes: $0) }
        var position = Int(hash) & (slots.count - 1)
        while slots[position] != 0 {
            let index = Int(slots[position]) - 1
            if hashes[index] == hash, batch.hasKey(key, at: index) {
                batch.replaceValue(at: index, value, timestamp: timestamp)
                return
            }
            position = (position + 1) & (slots.count - 1)
        }
        if let value { batch.put(key, value, timestamp: timestamp) } else { batch.delete(key) }
        hashes.append(hash)
        slots[position] = UInt32(hashes.count)
        if hashes.count * 2 > slots.count { fillSlots(count: slots.count * 4) }
    }

    private mutating func fillSlots(count: Int) {
        slots = [UInt32](repeating: 0, count: count)
        for (index, hash) in hashes.enumerated() {
            var position = Int(hash) & (slots.count - 1)
            while slots[position] != 0 { position = (position + 1) & (slots.count - 1) }
            slots[position] = UInt32(index + 1)
        }
    }

    /// Forgets the records whose keys sort before `lower`.
    mutating func removeAll(before lower: RawSpan) {
        let kept = batch.removePoints(before: lower)
        guard kept.count < hashes.count else { return }
        hashes = kept.map { hashes[$0] }
        fillSlots(count: slots.count)
    }

    /// Lends the batch to `body`, which may add what is no point write; that is gone again afterwards.
    @usableFromInline
    mutating func withBatch(_ body: (inout ByteBatch) throws -> Void) rethrows {
        defer { batch.removeAllButPoints() }
        try body(&batch)
    }

    /// Every key with its last value (timestamp first), in the order in which the keys came.
    @usableFromInline
    func forEach(_ body: (_ key: RawSpan, _ value: RawSpan?) throws -> Void) rethrows {
        for operation in batch.operations {
            switch operation {
            case .put(let key, let value): try body(batch.bytes.extracting(key), batch.bytes.extracting(value))
            case .delete(let key): try body(batch.bytes.extracting(key), nil)
            case .deleteRange: break
            }
        }
    }

    @usableFromInline
    mutating func removeAll() { self = RestoreBuffer() }
}
