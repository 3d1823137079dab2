internal import MillraceCore
internal import MillraceNetwork

/// A socket that connections come in by. Made before the loops; used by the first of them.
final class Listener: Sendable {
    let configuration: ListenerConfiguration
    let socket: Socket

    init(_ configuration: ListenerConfiguration) throws(SocketError) {
        self.configuration = configuration
        socket = try Socket.listen(host: configuration.host, port: configuration.port)
    }
}

/// The first loop accepts for all of them.
extension ServerLoop {
    /// Accepted in one turn at most.
    private static let acceptedPerTurnMax = 64

    func beginAccepting() throws(SocketError) {
        for (index, listener) in listeners.enumerated() {
            try poller.add(listener.socket.descriptor, .reading, token: Self.listenerTokens + UInt64(index))
        }
        isAccepting = true
    }

    /// Until the next sweep.
    func endAccepting() {
        guard isAccepting else { return }
        for listener in listeners { poller.remove(listener.socket.descriptor) }
        isAccepting = false
    }

    /// Nobody can connect any more.
    func closeListeners() {
        endAccepting()
        for listener in listeners { listener.socket.stopListening() }
        listeners = []
    }

    func accept(_ index: Int) {
        guard isAccepting, listeners.indices.contains(index) else { return }
        for _ in 0..<Self.acceptedPerTurnMax {
            let descriptor: Int32
            let peer: SocketAddress
            do throws(SocketError) {
                guard let accepted = try listeners[index].socket.accept() else { return }
                (descriptor, peer) = accepted
            } catch {
                // Out of descriptors, most likely. The next sweep tries again.
                log("\(error)")
                return endAccepting()
            }
            let host = peer.host
            if let reason = shared.admission.enter(host: host) {
                log("refused a connection of \(host): \(reason)")
                _ = Socket(adopting: descriptor)
                continue
            }
            let number = shared.connectionNumbers.take()
            let loop = shared.mailboxes[Int(number % UInt64(shared.mailboxes.count))]
            loop.post(
                .adopt(AcceptedConnection(number: number, descriptor: descriptor, host: host, listener: index)))
        }
    }

    func adopt(_ accepted: AcceptedConnection) {
        guard !isDraining else { return refuse(accepted) }
        let socket = Socket(adopting: accepted.descriptor)
        socket.setNoDelay()
        socket.setKeepAlive()
        let configuration = shared.environment.configuration
        let listener = configuration.listeners[accepted.listener]
        let peer = Peer(
            connection: accepted.number, host: accepted.host, principal: Peer.anonymous, listener: listener.name,
            security: listener.security)
        let authenticator = Authenticator(
            isRequired: listener.security.usesSASL, credentials: shared.credentials,
            mechanisms: configuration.mechanisms)
        let talk = Conversation(
            peer: peer, table: shared.table, mailbox: mailbox, limits: limits, authenticator: authenticator)
        let tls: TLSSession?
        do {
            tls = listener.security.usesTLS ? try shared.tls.map { context in try TLSSession(context) } : nil
            try poller.add(socket.descriptor, .reading, token: accepted.number)
        } catch {
            shared.admission.leave(host: accepted.host)
            return log("dropped a connection of \(accepted.host): \(error)")
        }
        connections[accepted.number] = Connection(
            socket: socket, talk: talk, host: accepted.host, tls: tls, now: now)
    }

    /// Closes a connection that nobody serves any more.
    func refuse(_ accepted: AcceptedConnection) {
        _ = Socket(adopting: accepted.descriptor)
        shared.admission.leave(host: accepted.host)
    }
}
