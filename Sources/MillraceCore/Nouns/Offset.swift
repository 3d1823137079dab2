/// Position of a record in one partition; the first record of a log has offset 0.
public struct Offset: Hashable, Comparable, Sendable {
    /// The number of the record.
    public let rawValue: Int64

    /// The offset of this number.
    @inlinable
    public init(_ rawValue: Int64) {
        precondition(rawValue >= 0, "offset \(rawValue) is negative")
        self.rawValue = rawValue
    }

    /// The offset of a log's first record.
    @inlinable public static var zero: Offset { Offset(0) }

    @inlinable
    public static func < (left: Offset, right: Offset) -> Bool { left.rawValue < right.rawValue }

    /// The position `count` records further on.
    @inlinable
    public func advanced(by count: Int64) -> Offset { Offset(rawValue + count) }

    /// How many offsets lie between `other` and this one; negative where `other` is later.
    @inlinable
    public func distance(from other: Offset) -> Int64 { rawValue - other.rawValue }
}

extension Offset: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
