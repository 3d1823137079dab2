/// The server's side of one exchange of a SASL mechanism. Pure; owned by one connection.
protocol SASLServer {
    /// Takes the client's next message.
    mutating func receive(_ message: [UInt8]) -> SASLStep
}

/// What follows from a message of a client that authenticates.
enum SASLStep: Hashable {
    /// The exchange goes on with this answer.
    case goOn([UInt8])
    /// The client is who it says; the answer ends the exchange.
    case authenticated(name: String, answer: [UInt8])
    /// The client is not let in. The reason is for the log, `answer` for the client (empty where the mechanism has no
    /// words for it).
    case refused(reason: String, answer: [UInt8])
}
