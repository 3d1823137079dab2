/// What clients of a server may cost. Whoever goes beyond is dropped, with the reason in the log.
public struct ServerLimits: Hashable, Sendable {
    /// Most bytes of one request (`socket.request.max.bytes`).
    public var requestBytesMax = 100 << 20
    /// Most bytes of one request of a client that has still to authenticate.
    public var unauthenticatedRequestBytesMax = 64 << 10
    /// Most connections at a time (`max.connections`).
    public var connectionsMax = 10_000
    /// Most connections from one address (`max.connections.per.ip`).
    public var connectionsPerAddressMax = 4_096
    /// Most bytes of unfinished requests and unsent answers, of all connections together.
    public var queuedBytesMax = 512 << 20
    /// A connection with so many bytes of unsent answers is not read from until they have gone.
    public var unsentBytesMax = 4 << 20
    /// A connection with so many unanswered requests is not read from until some have been answered.
    public var unansweredRequestsMax = 1_000
    /// A connection that nothing has come from for so long is closed (`connections.max.idle.ms`).
    public var idleTimeout: Duration = .seconds(600)
    /// How long a request may take from its first byte to its last.
    public var requestTimeout: Duration = .seconds(60)
    /// How long a client may read nothing of an answer that waits for it.
    public var answerTimeout: Duration = .seconds(60)
    /// How long a client may take until it has authenticated (and agreed on TLS).
    public var authenticationTimeout: Duration = .seconds(30)

    /// The defaults.
    public init() {}
}
