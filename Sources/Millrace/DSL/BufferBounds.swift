/// How much a suppressed table may hold back in each task, and what happens when that is not enough. Pure.
///
///     .unbounded
///     .maxRecords(10_000)                          // the oldest leave early
///     .maxBytes(64_000_000).shutDownWhenFull       // the application stops
public struct BufferBounds: Hashable, Sendable {
    /// What a full buffer does.
    enum WhenFull: Hashable, Sendable {
        case emitEarly
        case shutDown
    }

    @usableFromInline var records: Int?
    @usableFromInline var bytes: Int?
    var whenFull: WhenFull = .emitEarly

    /// As many rows as memory and disk hold.
    public static var unbounded: BufferBounds { BufferBounds() }

    /// At most so many rows.
    public static func maxRecords(_ records: Int) -> BufferBounds { BufferBounds().maxRecords(records) }

    /// At most so many bytes: of the rows' serialised keys, values and headers.
    public static func maxBytes(_ bytes: Int) -> BufferBounds { BufferBounds().maxBytes(bytes) }

    /// At most so many rows, besides what is bounded already.
    public func maxRecords(_ records: Int) -> BufferBounds {
        var copy = self
        copy.records = records
        return copy
    }

    /// At most so many bytes, besides what is bounded already. Each update of a row is then serialised to be measured.
    public func maxBytes(_ bytes: Int) -> BufferBounds {
        var copy = self
        copy.bytes = bytes
        return copy
    }

    /// A full buffer lets its oldest rows go before their time. Not for final results, which are never early.
    public var emitEarlyWhenFull: BufferBounds {
        var copy = self
        copy.whenFull = .emitEarly
        return copy
    }

    /// A full buffer stops the application with a `BufferFullError`.
    public var shutDownWhenFull: BufferBounds {
        var copy = self
        copy.whenFull = .shutDown
        return copy
    }

    @usableFromInline var shutsDown: Bool { whenFull == .shutDown }
    var isUnbounded: Bool { records == nil && bytes == nil }

    /// What is wrong with the bounds; nil where they are fine.
    @usableFromInline
    func problem(isFinal: Bool) -> String? {
        if let records, records < 0 { return "a buffer of at most \(records) records; the bound must not be negative" }
        if let bytes, bytes < 0 { return "a buffer of at most \(bytes) bytes; the bound must not be negative" }
        guard isFinal, !isUnbounded, whenFull == .emitEarly else { return nil }
        return "final results cannot leave a full buffer early; use .unbounded or add .shutDownWhenFull to the bounds"
    }
}

/// A suppressed table's buffer is full and was told to stop the application rather than to emit early.
public struct BufferFullError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node that suppresses.
    public let node: String
    /// Rows in the buffer.
    public let records: Int
    /// Bytes in the buffer; 0 where bytes are not bounded.
    public let bytes: Int
    /// The bounds that were passed.
    public let bounds: BufferBounds

    @usableFromInline
    init(node: String, records: Int, bytes: Int, bounds: BufferBounds) {
        self.node = node
        self.records = records
        self.bytes = bytes
        self.bounds = bounds
    }

    public var description: String {
        let limits = [bounds.records.map { "\($0) records" }, bounds.bytes.map { "\($0) bytes" }].compactMap(\.self)
        let content = bounds.bytes == nil ? "\(records) records" : "\(records) records with \(bytes) bytes"
        return "the buffer of node \(node) holds \(content), more than the \(limits.joined(separator: " or ")) that it "
            + "may; nothing committed is lost: raise the bounds, shorten the windows' grace, or let results leave "
            + "early (.untilTimeLimit with .emitEarlyWhenFull), and start again"
    }
}
