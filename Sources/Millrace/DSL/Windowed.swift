/// A stretch of time. Time windows begin at `start` and end before `end`; windows of other kinds say themselves
/// whether they contain their end. Pure.
public struct Window: Hashable, Sendable {
    /// The first moment of the window.
    public let start: Timestamp
    /// Where it ends: see the kind of window for whether this moment belongs to it.
    public let end: Timestamp

    /// The window between two moments.
    @inlinable
    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }
}

/// A key together with the window that its value belongs to: the key of a windowed table.
public struct Windowed<Key> {
    /// The key that was aggregated.
    public let key: Key
    /// The window of the aggregate.
    public let window: Window

    /// A key in a window.
    @inlinable
    public init(key: Key, window: Window) {
        self.key = key
        self.window = window
    }
}

extension Windowed: Equatable where Key: Equatable {}
extension Windowed: Hashable where Key: Hashable {}
extension Windowed: Sendable where Key: Sendable {}
extension Windowed: CustomStringConvertible {
    /// `[key@start/end]`, as Kafka Streams writes it.
    public var description: String {
        "[\(key)@\(window.start.millisecondsSinceEpoch)/\(window.end.millisecondsSinceEpoch)]"
    }
}
