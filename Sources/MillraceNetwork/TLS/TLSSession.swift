internal import COpenSSL
package import MillraceCore

/// One TLS connection between two buffers in memory (OpenSSL's memory BIOs): what comes from the socket goes in, plain
/// text comes out, and the other way round. Does no I/O, so that its owner stays in charge of the socket. Used by one
/// thread at a time.
package final class TLSSession {
    /// Bytes that are best given to it at a time: a TLS record holds 16 KiB.
    package static let pieceBytes = 64 << 10

    private let session: OpaquePointer
    /// Owned by the session.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// What was taken out of `outgoing` and has not gone to the socket; of this, the first bytes have.
    private var sealed: SharedBuffer?
    private var sealedPosition = 0
    /// Both sides have agreed: plain text may be sent.
    package private(set) var isEstablished = false
    /// The peer has said that it will send no more.
    package private(set) var isEnded = false

    /// - Parameter serverName: whom a client wants to talk to: sent to the server, and held against its certificate.
    package init(_ context: TLSContext, serverName: String? = nil) throws(TLSError) {
        guard let session = SSL_new(context.handle) else { throw .last("make a TLS session") }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw .last("make a TLS buffer")
        }
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(session, incoming, outgoing)
        if context.isServer {
            SSL_set_accept_state(session)
        } else {
            SSL_set_connect_state(session)
            if let serverName {
                let isAddress = a2i_IPADDRESS(serverName).map { ASN1_OCTET_STRING_free($0) } != nil
                if isAddress {
                    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), serverName)
                } else {
                    SSL_set1_host(session, serverName)
                    var name = Array(serverName.utf8CString)
                    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name)
                }
            }
        }
    }

    deinit { SSL_free(session) }

    // MARK: Receiving

    /// Takes what came from the socket, and appends to `plain` all that it holds. Answers of the protocol itself are
    /// in the output then.
    package func receive(_ bytes: RawSpan, into plain: SharedBuffer) throws(TLSError) {
        if bytes.byteCount > 0 {
            let count = bytes.withUnsafeBytes { BIO_write(incoming, $0.baseAddress, Int32($0.count)) }
            guard count == bytes.byteCount else { throw .last("keep what came") }
        }
        try shakeHands()
        guard isEstablished else { return }
        while true {
            ERR_clear_error()
            var count: Int32 = 0
            plain.fill { writer in
                _ = writer.append(upTo: 16 << 10) { room in
                    count = SSL_read(session, room.baseAddress, Int32(room.count))
                    return max(0, Int(count))
                }
            }
            if count > 0 { continue }
            switch SSL_get_error(session, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
            case SSL_ERROR_ZERO_RETURN:
                isEnded = true
                return
            default: throw .last("decrypt")
            }
        }
    }

    /// Goes on with the handshake as far as it can; a client begins it so.
    package func shakeHands() throws(TLSError) {
        guard !isEstablished else { return }
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 {
            isEstablished = true
            return
        }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        default:
            let verification = SSL_get_verify_result(session)
            guard verification == X509_V_OK else {
                _ = TLSError.last("")
                throw TLSError(
                    "the peer's certificate: \(String(cString: X509_verify_cert_error_string(verification)))")
            }
            throw .last("agree with the peer")
        }
    }

    // MARK: Sending

    /// Encrypts bytes; they are in the output then. Only once established.
    package func send(_ bytes: RawSpan) throws(TLSError) {
        guard bytes.byteCount > 0 else { return }
        ERR_clear_error()
        let count = bytes.withUnsafeBytes { SSL_write(session, $0.baseAddress, Int32($0.count)) }
        guard count == bytes.byteCount else { throw .last("encrypt") }
    }

    /// Tells the peer that no more comes.
    package func finish() {
        if isEstablished { _ = SSL_shutdown(session) }
    }

    /// Bytes for the socket wait here.
    package var hasOutput: Bool { sealed != nil || BIO_ctrl_pending(outgoing) > 0 }

    /// Bytes of memory that wait here.
    package var heldByteCount: Int { (sealed?.count ?? 0) - sealedPosition + BIO_ctrl_pending(outgoing) }

    /// What waits for the socket. Empty where nothing does. Valid until the next call.
    package func withOutput<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let sealed = sealed ?? SharedBuffer(capacity: max(BIO_ctrl_pending(outgoing), 1 << 10))
        self.sealed = sealed
        let pending = BIO_ctrl_pending(outgoing)
        if pending > 0 {
            sealed.fill { writer in
                _ = writer.append(upTo: pending) { room in
                    max(0, Int(BIO_read(outgoing, room.baseAddress, Int32(room.count))))
                }
            }
        }
        return try body(sealed.bytes.extracting(sealedPosition..<sealed.count))
    }

    /// So many bytes of the output have gone to the socket.
    package func advanceOutput(by count: Int) {
        sealedPosition += count
        guard let sealed, sealedPosition >= sealed.count else { return }
        self.sealed = nil
        sealedPosition = 0
    }
}
