internal import COpenSSL

/// Certificates and rules for TLS sessions of one kind: those of a server, or those of a client. TLS 1.2 or newer,
/// no renegotiation. Reads files when it is made; then used from any thread.
package final class TLSContext: Sendable {
    /// Where OpenSSL keeps the context. It counts references under its own lock, and nobody changes the context after
    /// `init`, so threads may share it.
    private let address: UInt
    let isServer: Bool

    var handle: OpaquePointer? { OpaquePointer(bitPattern: address) }

    private init(isServer: Bool) throws(TLSError) {
        guard let handle = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            throw .last("make a TLS context")
        }
        address = UInt(bitPattern: handle)
        self.isServer = isServer
        SSL_CTX_ctrl(handle, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_COMPRESSION and SSL_OP_IGNORE_UNEXPECTED_EOF, which are macros of casts.
        SSL_CTX_set_options(handle, UInt64(1) << 30 | UInt64(1) << 17 | UInt64(1) << 7)
        SSL_CTX_ctrl(handle, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
    }

    deinit { SSL_CTX_free(handle) }

    /// The context of a server.
    ///
    /// - Parameters:
    ///   - certificate: path of a PEM file with the chain of certificates, the server's first.
    ///   - privateKey: path of a PEM file.
    ///   - clientAuthorities: path of a PEM file with certificates that may vouch for clients; nil: none are asked for.
    ///   - requiresClientCertificate: whether a client without one is refused.
    package static func server(
        certificate: String, privateKey: String, clientAuthorities: String? = nil,
        requiresClientCertificate: Bool = false
    ) throws(TLSError) -> TLSContext {
        let context = try TLSContext(isServer: true)
        try context.use(certificate: certificate, privateKey: privateKey)
        if let clientAuthorities {
            try context.trust(clientAuthorities)
            SSL_CTX_set_client_CA_list(context.handle, SSL_load_client_CA_file(clientAuthorities))
            let required = requiresClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
            SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER | required, nil)
        } else if requiresClientCertificate {
            throw TLSError("client certificates are required, but nobody is named who may vouch for them")
        }
        return context
    }

    /// The context of a client.
    ///
    /// - Parameters:
    ///   - authorities: path of a PEM file with certificates that may vouch for servers; nil for the system's.
    ///   - verifies: false accepts any server; for tests.
    package static func client(
        authorities: String? = nil, certificate: String? = nil, privateKey: String? = nil, verifies: Bool = true
    ) throws(TLSError) -> TLSContext {
        let context = try TLSContext(isServer: false)
        if let certificate, let privateKey { try context.use(certificate: certificate, privateKey: privateKey) }
        if let authorities {
            try context.trust(authorities)
        } else {
            SSL_CTX_set_default_verify_paths(context.handle)
        }
        SSL_CTX_set_verify(context.handle, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        return context
    }

    private func use(certificate: String, privateKey: String) throws(TLSError) {
        guard SSL_CTX_use_certificate_chain_file(handle, certificate) == 1 else {
            throw .last("read the certificate \(certificate)")
        }
        guard SSL_CTX_use_PrivateKey_file(handle, privateKey, SSL_FILETYPE_PEM) == 1 else {
            throw .last("read the private key \(privateKey)")
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw .last("the key \(privateKey) is not that of \(certificate)")
        }
    }

    private func trust(_ authorities: String) throws(TLSError) {
        guard SSL_CTX_load_verify_locations(handle, authorities, nil) == 1 else {
            throw .last("read the certificates \(authorities)")
        }
    }
}
