internal import MillraceNetwork

/// SASL PLAIN (RFC 4616): `[authorization id] NUL name NUL password`, in one message. Pure.
struct PlainServer: SASLServer {
    /// Longest message; a password is not a book.
    static let messageBytesMax = 4_096

    let credentials: SASLCredentials

    mutating func receive(_ message: [UInt8]) -> SASLStep {
        guard message.count <= Self.messageBytesMax else { return refuse("a message of \(message.count) bytes") }
        let parts = message.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return refuse("a message of \(parts.count) parts") }
        guard let identity = String(validating: parts[0], as: UTF8.self),
            let name = String(validating: parts[1], as: UTF8.self), !name.isEmpty, !parts[2].isEmpty
        else { return refuse("no name or no password") }
        guard identity.isEmpty || identity == name else { return refuse("'\(name)' wants to be '\(identity)'") }
        guard credentials.isPassword(Array(parts[2]), of: name) else {
            return refuse("wrong password of '\(name)'")
        }
        return .authenticated(name: name, answer: [])
    }

    private func refuse(_ reason: String) -> SASLStep { .refused(reason: "SASL PLAIN: \(reason)", answer: []) }
}
