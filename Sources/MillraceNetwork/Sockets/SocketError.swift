internal import Glibc

/// What the operating system refuses about a socket.
package struct SocketError: Error, Hashable, Sendable {
    /// What was tried, in a word: "bind", "connect", "read" …
    package let operation: String
    /// `errno`; 0 where the failure has none.
    package let errorNumber: Int32
    /// What it was about: an address, or words.
    package let subject: String

    package init(_ operation: String, _ errorNumber: Int32, subject: String = "") {
        self.operation = operation
        self.errorNumber = errorNumber
        self.subject = subject
    }

    /// Whether the peer has broken the connection, which is no news to anybody.
    package var isPeerGone: Bool {
        errorNumber == ECONNRESET || errorNumber == EPIPE || errorNumber == ETIMEDOUT || errorNumber == ENOTCONN
    }

    static func last(_ operation: String, subject: String = "") -> SocketError {
        SocketError(operation, errno, subject: subject)
    }
}

extension SocketError: CustomStringConvertible {
    package var description: String {
        let cause = errorNumber == 0 ? "" : ": \(String(cString: strerror(errorNumber)))"
        return subject.isEmpty ? "\(operation)\(cause)" : "\(operation) \(subject)\(cause)"
    }
}
