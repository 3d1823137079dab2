internal import MillraceCore

/// The puts and deletes of a batch in the order of their keys, the last write of each key only: what a sorted file
/// takes. Pure memory: 32 bytes a write while it sorts, four afterwards, no allocation per key.
///
/// Keys are told apart by the first eight bytes after those that all of them share, in a radix sort from the last of
/// the eight bytes to the first; keys that are equal there are compared whole.
struct BatchOrder {
    private struct Place {
        var prefix: UInt64
        var index: Int
    }
    private typealias Places = UnsafeMutableBufferPointer<Place>

    /// Places in `ByteBatch.operations`.
    let indices: [UInt32]

    init(_ batch: borrowing ByteBatch) {
        let count = batch.operations.count
        precondition(count < UInt32.max, "a batch of \(count) writes")
        let places = Places.allocate(capacity: count)
        let spare = Places.allocate(capacity: count)
        defer {
            places.deallocate()
            spare.deallocate()
        }
        indices = batch.bytes.withUnsafeBytes { bytes in
            let found = BatchOrder.collect(batch.operations, bytes, into: places)
            BatchOrder.sort(Places(rebasing: places[..<found]), spare)
            return BatchOrder.lastWrites(Places(rebasing: places[..<found]), batch.operations, bytes)
        }
    }

    /// Fills `places` with the keys of the batch, and returns how many there are.
    private static func collect(
        _ operations: [ByteBatch.Operation], _ bytes: UnsafeRawBufferPointer, into places: Places
    ) -> Int {
        var shared = Int.max
        var first: Range<Int>?
        for operation in operations {
            guard let key = operation.pointKey else { continue }
            let firstKey = first ?? key
            first = firstKey
            shared = min(shared, key.count)
            shared = equalCount(bytes, firstKey.lowerBound, key.lowerBound, atMost: shared)
        }
        var count = 0
        for (index, operation) in operations.enumerated() {
            guard let key = operation.pointKey else { continue }
            (places.baseAddress.unsafelyUnwrapped + count).initialize(
                to: Place(prefix: prefix(bytes, key.lowerBound + shared, key.upperBound), index: index))
            count += 1
        }
        return count
    }

    /// How many bytes from `left` and `right` on are equal, up to a limit.
    private static func equalCount(
        _ bytes: UnsafeRawBufferPointer, _ left: Int, _ right: Int, atMost limit: Int
    ) -> Int {
        var count = 0
        while count + 8 <= limit {
            let leftWord = bytes.loadUnaligned(fromByteOffset: left + count, as: UInt64.self)
            let rightWord = bytes.loadUnaligned(fromByteOffset: right + count, as: UInt64.self)
            if leftWord != rightWord { break }
            count += 8
        }
        while count < limit, bytes[left + count] == bytes[right + count] { count += 1 }
        return count
    }

    /// Up to eight bytes from `start` on as a number that sorts as they do; shorter ones padded with zeros.
    private static func prefix(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt64 {
        if end - start >= 8 { return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
        var prefix: UInt64 = 0
        for position in start..<max(start, end) { prefix = prefix &<< 8 | UInt64(bytes[position]) }
        return end > start ? prefix &<< UInt64(8 * (8 - (end - start))) : 0
    }

    /// Sorts by prefix, and leaves equal prefixes in the order of the writes. `spare` has room for all.
    private static func sort(_ places: Places, _ spare: Places) {
        guard places.count > 1, let start = places.baseAddress, let spareStart = spare.baseAddress else { return }
        var counts = [Int](repeating: 0, count: 8 * 256)
        for place in places {
            for digit in 0..<8 { counts[digit * 256 + Int(place.prefix &>> UInt64(digit * 8) & 255)] += 1 }
        }
        var source = start
        var target = spareStart
        for digit in 0..<8 {
            let shift = UInt64(digit * 8)
            // Where all keys have the same digit there is nothing to do.
            if counts[digit * 256 + Int(source[0].prefix &>> shift & 255)] == places.count { continue }
            var position = 0
            for bucket in digit * 256..<(digit + 1) * 256 {
                let count = counts[bucket]
                counts[bucket] = position
                position += count
            }
            for index in 0..<places.count {
                let bucket = digit * 256 + Int(source[index].prefix &>> shift & 255)
                (target + counts[bucket]).initialize(to: source[index])
                counts[bucket] += 1
            }
            swap(&source, &target)
        }
        if source != start { start.update(from: source, count: places.count) }
    }

    /// Sorts what shares a prefix by whole keys, and keeps the last write of each key.
    private static func lastWrites(
        _ places: Places, _ operations: [ByteBatch.Operation], _ bytes: UnsafeRawBufferPointer
    ) -> [UInt32] {
        var kept: [UInt32] = []
        kept.reserveCapacity(places.count)
        var start = 0
        while start < places.count {
            var end = start + 1
            while end < places.count, places[end].prefix == places[start].prefix { end += 1 }
            if end - start > 1 {
                places[start..<end].sort { left, right in
                    switch compare(left, right, operations, bytes) {
                    case 0: left.index < right.index
                    case let order: order < 0
                    }
                }
            }
            for position in start..<end {
                let isRewritten =
                    position + 1 < end && compare(places[position], places[position + 1], operations, bytes) == 0
                if !isRewritten { kept.append(UInt32(places[position].index)) }
            }
            start = end
        }
        return kept
    }

    /// Below 0 where the key of `left` sorts first, 0 where the keys are equal.
    private static func compare(
        _ left: Place, _ right: Place, _ operations: [ByteBatch.Operation], _ bytes: UnsafeRawBufferPointer
    ) -> Int {
        let leftKey = operations[left.index].pointKey ?? 0..<0
        let rightKey = operations[right.index].pointKey ?? 0..<0
        let leftBytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[leftKey]))
        let rightBytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[rightKey]))
        if leftBytes.precedes(rightBytes) { return -1 }
        return rightBytes.precedes(leftBytes) ? 1 : 0
    }
}

extension ByteBatch.Operation {
    /// The key of a put or a delete.
    var pointKey: Range<Int>? {
        switch self {
        case .put(let key, _): key
        case .delete(let key): key
        case .deleteRange: nil
        }
    }
}
