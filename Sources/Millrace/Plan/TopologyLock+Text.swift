internal import Foundation

// The lock as the text of a file: JSON with sorted keys, so that a change shows as a change of few lines. Pure.

extension TopologyLock {
    /// JSON, with a line feed at its end. Equal locks give equal texts.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// Reads what `text` has written.
    ///
    /// - Throws: `TopologyLockError` for a text that is none.
    public init(text: String) throws(TopologyLockError) {
        do {
            self = try JSONDecoder().decode(TopologyLock.self, from: Data(text.utf8))
        } catch {
            throw TopologyLockError("this is no topology lock: \(error)")
        }
        if format != 1 { throw TopologyLockError("the topology lock has the format \(format), but 1 is expected") }
    }
}

/// A text that is no topology lock.
public struct TopologyLockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    init(_ description: String) { self.description = description }
}
