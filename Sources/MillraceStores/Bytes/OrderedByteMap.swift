internal import MillraceCore

/// A map ordered by byte strings, compared as unsigned bytes: sorted leaves side by side. Pure; a copy is cheap and
/// keeps its contents while the original changes. Used by the byte store in memory and by the overlays' ordered index.
public struct OrderedByteMap<Payload> {
    @usableFromInline
    struct Element {
        @usableFromInline let key: [UInt8]
        @usableFromInline var payload: Payload
    }
    @usableFromInline
    final class Leaf {
        @usableFromInline var elements: [Element]
        init(_ elements: [Element]) { self.elements = elements }
    }

    private static var leafMaximum: Int { 256 }

    /// Never an empty leaf, save the only one.
    private var leaves: [Leaf] = [Leaf([])]
    /// How many keys there are.
    public private(set) var count = 0

    /// An empty map.
    public init() {}

    /// A place between elements: the next element in ascending order stands at it, the previous one before it.
    public struct Position: Hashable, Sendable {
        var leaf: Int
        var index: Int
    }

    /// The value of `key`; nil where there is none.
    public subscript(key: RawSpan) -> Payload? {
        let (position, isFound) = place(of: key)
        return isFound ? leaves[position.leaf].elements[position.index].payload : nil
    }

    /// The first position whose key is not below `key`.
    public func lowerBound(_ key: RawSpan) -> Position { place(of: key).position }
    /// Before the first element.
    public var start: Position { Position(leaf: 0, index: 0) }
    /// After the last element.
    public var end: Position { Position(leaf: leaves.count - 1, index: leaves[leaves.count - 1].elements.count) }

    /// The element at `position`, which moves past it; nil at the end.
    public func next(after position: inout Position) -> (key: [UInt8], payload: Payload)? {
        while position.index >= leaves[position.leaf].elements.count {
            guard position.leaf + 1 < leaves.count else { return nil }
            position = Position(leaf: position.leaf + 1, index: 0)
        }
        let element = leaves[position.leaf].elements[position.index]
        position.index += 1
        return (element.key, element.payload)
    }

    /// The element before `position`, which moves before it; nil at the start.
    public func previous(before position: inout Position) -> (key: [UInt8], payload: Payload)? {
        while position.index == 0 {
            guard position.leaf > 0 else { return nil }
            position = Position(leaf: position.leaf - 1, index: leaves[position.leaf - 1].elements.count)
        }
        position.index -= 1
        let element = leaves[position.leaf].elements[position.index]
        return (element.key, element.payload)
    }

    /// Sets a key's value.
    public mutating func set(_ key: [UInt8], to payload: Payload) {
        let (position, isFound) = place(of: key.span.bytes)
        let leaf = ownLeaf(position.leaf)
        if isFound {
            leaf.elements[position.index].payload = payload
            return
        }
        leaf.elements.insert(Element(key: key, payload: payload), at: position.index)
        count += 1
        guard leaf.elements.count > Self.leafMaximum else { return }
        // A leaf that grew at its end is being filled in ascending order: leave it nearly full.
        let cut = position.index == leaf.elements.count - 1 ? leaf.elements.count - 16 : leaf.elements.count / 2
        let upper = Leaf(Array(leaf.elements[cut...]))
        leaf.elements.removeSubrange(cut...)
        leaves.insert(upper, at: position.leaf + 1)
    }

    /// Removes a key.
    public mutating func remove(_ key: RawSpan) {
        let (position, isFound) = place(of: key)
        guard isFound else { return }
        let leaf = ownLeaf(position.leaf)
        leaf.elements.remove(at: position.index)
        count -= 1
        if leaf.elements.isEmpty && leaves.count > 1 { leaves.remove(at: position.leaf) }
    }

    /// Removes every key in `lower..<upper`.
    public mutating func removeRange(from lower: RawSpan, to upper: RawSpan) {
        var position = lowerBound(lower)
        var keys: [[UInt8]] = []
        while let element = next(after: &position), element.key.span.bytes.precedes(upper) { keys.append(element.key) }
        for key in keys { remove(key.span.bytes) }
    }

    private func place(of key: RawSpan) -> (position: Position, isFound: Bool) {
        var low = 0
        var high = leaves.count - 1
        // The last leaf whose first key is not above `key`.
        while low < high {
            let middle = (low + high + 1) / 2
            let first = leaves[middle].elements[0].key
            if key.precedes(first.span.bytes) { high = middle - 1 } else { low = middle }
        }
        let elements = leaves[low].elements
        var first = 0
        var last = elements.count
        while first < last {
            let middle = (first + last) / 2
            let candidate = elements[middle].key
            if candidate.span.bytes.precedes(key) { first = middle + 1 } else { last = middle }
        }
        let position = Position(leaf: low, index: first)
        guard first < elements.count else { return (position, false) }
        let candidate = elements[first].key
        return (position, candidate.span.bytes.elementsEqual(key))
    }

    /// The leaf, copied first where another copy of the map still reads it.
    private mutating func ownLeaf(_ index: Int) -> Leaf {
        if !isKnownUniquelyReferenced(&leaves[index]) { leaves[index] = Leaf(leaves[index].elements) }
        return leaves[index]
    }
}

extension RawSpan {
    /// Whether these bytes sort before `other`: unsigned, a prefix first.
    public func precedes(_ other: RawSpan) -> Bool {
        let shared = Swift.min(byteCount, other.byteCount)
        var position = 0
        while position + 8 <= shared {
            let left = UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
            let right = UInt64(
                bigEndian: unsafe other.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
            if left != right { return left < right }
            position += 8
        }
        while position < shared {
            let left = unsafe unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            let right = unsafe other.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if left != right { return left < right }
            position += 1
        }
        return byteCount < other.byteCount
    }
}
