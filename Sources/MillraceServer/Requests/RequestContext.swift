/// What is known of a request beside its body. A plain value: it may go to another thread with the request.
package struct RequestContext: Sendable {
    package let apiVersion: Int16
    package let correlationID: Int32
    /// What the client calls itself; not to be believed.
    package let clientID: String?
    package let peer: Peer

    package init(apiVersion: Int16, correlationID: Int32, clientID: String?, peer: Peer) {
        self.apiVersion = apiVersion
        self.correlationID = correlationID
        self.clientID = clientID
        self.peer = peer
    }
}

/// Who is at the other end of a connection. Made anew when the peer authenticates; else it never changes.
package final class Peer: Sendable {
    /// Who nobody has authenticated.
    package static let anonymous = "User:ANONYMOUS"

    /// The number of the connection; no other of this server ever has it.
    package let connection: UInt64
    /// The peer's IP address, in numbers.
    package let host: String
    /// As Kafka writes principals: `User:name`.
    package let principal: String
    /// The name of the listener that the connection came in by.
    package let listener: String
    package let security: SecurityProtocol

    package init(connection: UInt64, host: String, principal: String, listener: String, security: SecurityProtocol) {
        self.connection = connection
        self.host = host
        self.principal = principal
        self.listener = listener
        self.security = security
    }

    func authenticated(as name: String) -> Peer {
        Peer(
            connection: connection, host: host, principal: "User:\(name)", listener: listener, security: security)
    }
}
