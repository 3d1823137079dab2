internal import MillraceBroker
internal import MillraceCore
internal import MillraceNetwork
internal import MillraceProtocol

/// One event loop: the connections that live on one thread, from readiness to readiness. Does I/O on sockets and, for
/// fetches, on files that the system has in memory as a rule; never waits for anything but its poller. Made and run on
/// its own thread; nothing of it is Sendable. Others talk to it through its mailbox.
///
/// One turn: what is ready is read and handled; answers that came from elsewhere are put in; then every connection that
/// has something to say writes it, with one call where it fits.
final class ServerLoop {
    /// What all loops share.
    struct Shared: Sendable {
        let environment: ServerEnvironment
        let table: HandlerTable
        let admission: ServerAdmission
        let workers: WorkerPool
        let credentials: SASLCredentials
        let tls: TLSContext?
        let connectionNumbers: ConnectionNumbers
        /// The mailboxes of all loops: accepted connections are spread over them.
        let mailboxes: [LoopMailbox]
    }

    /// Bytes that one read brings at most, beside what an unfinished request wants.
    static let scratchBytes = 256 << 10
    /// One connection is not read from more often than this in one turn, so that others get theirs.
    static let readsPerTurnMax = 4
    /// Nor are more bytes written to it.
    static let writtenBytesPerTurnMax = 4 << 20
    /// So often what came from other threads is looked at in one turn.
    static let commandRoundsMax = 8
    /// How often time-outs are looked at.
    static let sweepInterval = Duration.seconds(1)
    private static let alarmToken: UInt64 = 0
    /// Listeners have tokens from here on, connections theirs behind.
    static let listenerTokens: UInt64 = 1
    static let firstConnection: UInt64 = 1 << 16

    let shared: Shared
    let mailbox: LoopMailbox
    var poller: Poller
    let buffers = LoopBuffers()
    let scratch = SharedBuffer(capacity: scratchBytes)
    var writer = WireWriter(capacity: 16 << 10)
    let fetches: FetchService
    var connections: [UInt64: Connection] = [:]
    /// Of the first loop only; empty once no more is accepted.
    var listeners: [Listener]
    /// Whether the poller waits for connections to accept.
    var isAccepting = false
    var dirty: [Connection] = []
    var now: MonotonicTime
    private var nextSweep: MonotonicTime
    private var ready: [(UInt64, Poller.Interest)] = []
    private var commands: [LoopCommand] = []
    var isDraining = false
    /// Requests are just being begun: who answers one at once need not set the next ones free.
    var isPumping = false
    private var isStopping = false

    init(_ shared: Shared, mailbox: LoopMailbox, listeners: [Listener]) throws(SocketError) {
        self.shared = shared
        self.mailbox = mailbox
        poller = try Poller()
        now = MonotonicTime(nanoseconds: shared.environment.broker.clock.monotonicNanoseconds())
        nextSweep = now.advanced(by: Self.sweepInterval)
        fetches = FetchService(shared.environment, mailbox: mailbox)
        self.listeners = listeners
        try poller.add(mailbox.alarmDescriptor, .reading, token: Self.alarmToken)
        try beginAccepting()
    }

    var limits: ServerLimits { shared.environment.configuration.limits }

    func log(_ text: String) { shared.environment.configuration.log(text) }

    /// Runs until it is told to stop, or to drain and nothing is left.
    func run() {
        mailbox.bindToCurrentThread()
        while !isStopping, !(isDraining && connections.isEmpty) { turn() }
        for connection in Array(connections.values) { close(connection, reason: nil) }
        closeListeners()
        // Connections that were on their way here have nobody to serve them.
        mailbox.takeAll(into: &commands)
        for case .adopt(let accepted) in commands { refuse(accepted) }
        fetches.stop()
    }

    private func turn() {
        wait()
        for (token, interest) in ready {
            switch token {
            case Self.alarmToken: break
            case Self.listenerTokens..<Self.firstConnection: accept(Int(token - Self.listenerTokens))
            default: handle(token, interest)
            }
        }
        ready.removeAll(keepingCapacity: true)
        // Requests on this thread may have woken fetches that wait on it; answers may set requests free. Not without
        // end: sockets want their turn.
        for _ in 0..<Self.commandRoundsMax {
            receiveCommands()
            fetches.expire(at: now, self)
            flushDirty()
            if mailbox.isEmpty { break }
        }
        if nextSweep <= now { sweep() }
    }

    private func wait() {
        var next = nextSweep
        if let deadline = fetches.nextDeadline, deadline < next { next = deadline }
        let pause = mailbox.isEmpty ? max(0, next.milliseconds - now.milliseconds) : 0
        var found: [(UInt64, Poller.Interest)] = []
        swap(&found, &ready)
        poller.wait(milliseconds: Int32(clamping: pause)) { found.append(($0, $1)) }
        swap(&found, &ready)
        now = MonotonicTime(nanoseconds: shared.environment.broker.clock.monotonicNanoseconds())
    }

    private func receiveCommands() {
        commands.removeAll(keepingCapacity: true)
        mailbox.takeAll(into: &commands)
        for command in commands {
            switch command {
            case .adopt(let accepted): adopt(accepted)
            case .answer(let id, let sequence, let outcome):
                guard let connection = connections[id] else { continue }
                if let reason = connection.talk.complete(sequence, outcome, &writer, buffers) {
                    close(connection, reason: reason)
                } else {
                    answered(connection)
                }
            case .partitionChanged(let watch): fetches.changed(watch, self)
            case .drain: drain()
            case .stop: isStopping = true
            }
        }
    }

    /// Sees to it that what a connection has to say is written in this turn.
    func markDirty(_ connection: Connection) {
        guard !connection.isDirty, !connection.isClosed else { return }
        if !connection.hasOutput { connection.lastWritten = now }
        connection.isDirty = true
        dirty.append(connection)
    }

    /// An answer was put in: requests that were held may begin.
    func answered(_ connection: Connection) {
        if !isPumping, connection.talk.intake.keptByteCount > 0, connection.takesInput { pump(connection) }
        markDirty(connection)
    }

    private func flushDirty() {
        guard !dirty.isEmpty else { return }
        var connections: [Connection] = []
        swap(&connections, &dirty)
        for connection in connections {
            connection.isDirty = false
            if !connection.isClosed { flush(connection) }
        }
        connections.removeAll(keepingCapacity: true)
        if dirty.isEmpty { swap(&connections, &dirty) }
    }

    // MARK: Closing

    /// - Parameter reason: for the log; nil where there is nothing to tell.
    func close(_ connection: Connection, reason: String?) {
        guard !connection.isClosed else { return }
        connection.isClosed = true
        let id = connection.talk.peer.connection
        poller.remove(connection.socket.descriptor)
        connections[id] = nil
        fetches.forget(connection: id)
        connection.talk.discard(buffers)
        _ = shared.admission.hold(-connection.countedBytes)
        shared.admission.leave(host: connection.host)
        if let reason { log("closed connection \(id) of \(connection.host): \(reason)") }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        closeListeners()
        fetches.answerAll(self)
        for connection in Array(connections.values) {
            connection.isDraining = true
            if connection.isDone { close(connection, reason: nil) } else { updateInterest(connection) }
        }
    }

    /// Drops who has taken too long.
    private func sweep() {
        nextSweep = now.advanced(by: Self.sweepInterval)
        if !isAccepting {
            do { try beginAccepting() } catch { log("cannot accept connections: \(error)") }
        }
        fetches.sweep()
        for connection in Array(connections.values) {
            if let reason = overdue(connection) { close(connection, reason: reason) }
        }
    }

    private func overdue(_ connection: Connection) -> String? {
        func passed(_ start: MonotonicTime, _ limit: Duration) -> Bool { start.advanced(by: limit) <= now }
        if !connection.talk.isAuthenticated || !(connection.tls?.isEstablished ?? true),
            passed(connection.openedAt, limits.authenticationTimeout)
        {
            return "has not authenticated in \(limits.authenticationTimeout)"
        }
        if connection.hasOutput, passed(connection.lastWritten, limits.answerTimeout) {
            return "has read nothing of its answers for \(limits.answerTimeout)"
        }
        if let began = connection.requestBegan, connection.takesInput, passed(began, limits.requestTimeout) {
            return "has not finished a request in \(limits.requestTimeout)"
        }
        if connection.talk.unansweredCount == 0, passed(connection.lastReceived, limits.idleTimeout) {
            return "has been idle for \(limits.idleTimeout)"
        }
        return nil
    }
}

/// Gives every connection of a server a number of its own.
final class ConnectionNumbers: Sendable {
    private let next = Monitor(ServerLoop.firstConnection)

    func take() -> UInt64 {
        next.withLock { next in
            defer { next += 1 }
            return next
        }
    }
}
