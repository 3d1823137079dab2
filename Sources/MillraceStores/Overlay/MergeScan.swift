public import MillraceCore

/// Merges the ordered index of an overlay with a walk over the byte store. Where both have a key, the place names both:
/// the overlay decides. Lives for one scan, on the thread of its caller.
@usableFromInline
struct MergeScan: ~Copyable {
    @usableFromInline
    struct Place {
        /// The overlay's entry for the key.
        @usableFromInline let overlay: Int32?
        /// Whether `storedKey` and `storedValue` hold the key.
        @usableFromInline let isStored: Bool
    }

    /// The pair of the byte store at a place that says so.
    @usableFromInline private(set) var storedKey = ByteWriter()
    @usableFromInline private(set) var storedValue = ByteWriter()
    private var hasStored = false
    private var needsStored = true
    private let cursor: any ByteCursor

    private let order: OrderedByteMap<Int32>
    private let lower: [UInt8]?
    private let upper: [UInt8]?
    private let isReversed: Bool
    private var position: OrderedByteMap<Int32>.Position
    private var pending: (key: [UInt8], payload: Int32)?

    @usableFromInline
    init(order: OrderedByteMap<Int32>, cursor: any ByteCursor, lower: [UInt8]?, upper: [UInt8]?, isReversed: Bool) {
        self.order = order
        self.cursor = cursor
        self.lower = lower
        self.upper = upper
        self.isReversed = isReversed
        let bound = isReversed ? upper : lower
        position = bound.map { order.lowerBound($0.span.bytes) } ?? (isReversed ? order.end : order.start)
        pending = nil
        advanceOverlay()
    }

    @usableFromInline
    mutating func next() throws -> Place? {
        if needsStored {
            hasStored = try cursor.next(key: &storedKey, value: &storedValue)
            needsStored = false
        }
        guard let overlay = pending else {
            needsStored = true
            return hasStored ? Place(overlay: nil, isStored: true) : nil
        }
        let isSame = hasStored && storedKey.bytes.elementsEqual(overlay.key.span.bytes)
        let storedIsFirst =
            hasStored && !isSame && storedKey.bytes.precedes(overlay.key.span.bytes) != isReversed
        needsStored = isSame || storedIsFirst
        if storedIsFirst { return Place(overlay: nil, isStored: true) }
        advanceOverlay()
        return Place(overlay: overlay.payload, isStored: isSame)
    }

    private mutating func advanceOverlay() {
        pending = isReversed ? order.previous(before: &position) : order.next(after: &position)
        guard let key = pending?.key else { return }
        if isReversed {
            if let lower, key.span.bytes.precedes(lower.span.bytes) { pending = nil }
        } else if let upper, !key.span.bytes.precedes(upper.span.bytes) {
            pending = nil
        }
    }
}

/// Facts about the order of byte strings.
@usableFromInline
enum ByteOrder {
    /// The smallest byte string above all that begin with `prefix`; nil where there is none.
    @usableFromInline
    static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.last {
            if last < 0xff {
                end[end.count - 1] = last + 1
                return end
            }
            end.removeLast()
        }
        return nil
    }
}
