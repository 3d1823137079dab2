internal import MillraceCore
internal import MillraceNetwork

/// A connection with its socket. Owned by one loop, used on its thread.
final class Connection {
    let socket: Socket
    let talk: Conversation
    let host: String
    /// Both ends are here: what is sent is copied by the peer at once, and waking it is dear.
    let isOfThisMachine: Bool
    /// Nil for plain text.
    let tls: TLSSession?
    let openedAt: MonotonicTime
    /// What the poller waits for.
    var interest: Poller.Interest = .reading
    var lastReceived: MonotonicTime
    /// When bytes last went out, or the first of those that wait came.
    var lastWritten: MonotonicTime
    /// When the unfinished request began to arrive; nil where there is none.
    var requestBegan: MonotonicTime?
    /// To be closed once all is written; the reason is for the log.
    var closingReason: String?
    var isClosed = false
    /// The server stops: what has begun is answered, nothing more begins.
    var isDraining = false
    /// It is among those that the loop flushes before it sleeps.
    var isDirty = false
    /// Bytes that were counted against the server's limit.
    var countedBytes = 0

    init(
        socket: consuming Socket, talk: Conversation, host: String, tls: TLSSession?, now: MonotonicTime
    ) {
        isOfThisMachine = (try? socket.localAddress().host) == host
        self.socket = socket
        self.talk = talk
        self.host = host
        self.tls = tls
        openedAt = now
        lastReceived = now
        lastWritten = now
    }

    /// Whether anything is still to be written.
    var hasOutput: Bool { !talk.output.isEmpty || (tls?.hasOutput ?? false) }

    /// Whether more may be read from it now.
    var takesInput: Bool { closingReason == nil && !isDraining && talk.takesRequests }

    /// Nothing is left to answer or to write.
    var isDone: Bool { talk.unansweredCount == 0 && !hasOutput }

    /// Bytes of memory that wait here.
    var heldByteCount: Int { talk.intake.keptByteCount + talk.output.heldByteCount + (tls?.heldByteCount ?? 0) }
}

/// A connection on its way from the thread that accepted it to its loop. Whoever takes it owns the descriptor.
struct AcceptedConnection: Sendable {
    let number: UInt64
    let descriptor: Int32
    let host: String
    let listener: Int
}
