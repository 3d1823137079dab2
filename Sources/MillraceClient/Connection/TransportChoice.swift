internal import MillraceNetwork

/// Opens the kind of connection that was configured. Does I/O.
enum TransportChoice {
    static func open(
        _ address: BrokerAddress, _ security: ClientSecurity, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> any ByteTransport {
        let socket = try SocketTransport(address, until: deadline)
        guard let tls = security.tls else { return socket }
        return try TLSTransport(socket, address, tls, until: deadline)
    }
}
