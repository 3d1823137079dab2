/// What a store refuses. The owner reacts to the kind; the message tells a person what happened and where.
public struct StoreError: Error, Hashable, Sendable {
    /// What went wrong, as far as callers decide by it.
    public enum Kind: Hashable, Sendable {
        /// Bytes in the store or the changelog are not what was written: rebuild the store.
        case corrupt
        /// The disk is full; the store is as it was before the call. Stop, and go on once space is free.
        case noSpace
        /// The disk failed.
        case inputOutput
        /// Another process has the store open.
        case locked
        /// The files are of a format this version does not know.
        case unknownFormat
    }
    /// What went wrong.
    public let kind: Kind
    /// What happened, in words.
    public let message: String
    /// The directory of the store, empty for one in memory.
    public let path: String

    /// An error of these parts.
    public init(_ kind: Kind, _ message: String, path: String = "") {
        self.kind = kind
        self.message = message
        self.path = path
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String { path.isEmpty ? message : "\(message) [\(path)]" }
}
