import MillraceCore
import MillraceNetwork
import MillraceSimulation
import Testing

@Suite("TLS between two buffers")
struct TLSSessionTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    /// A client and a server, and the bytes between them.
    private final class Pair {
        let client: TLSSession
        let server: TLSSession
        let clientGot = SharedBuffer(capacity: 64)
        let serverGot = SharedBuffer(capacity: 64)

        init(_ client: TLSContext, _ server: TLSContext, name: String? = "localhost") throws {
            self.client = try TLSSession(client, serverName: name)
            self.server = try TLSSession(server)
            try self.client.shakeHands()
        }

        /// Carries bytes in pieces until neither side has any.
        func settle(step: Int = .max) throws {
            while client.hasOutput || server.hasOutput {
                try carry(from: client, to: server, serverGot, step)
                try carry(from: server, to: client, clientGot, step)
            }
        }

        private func carry(from: TLSSession, to: TLSSession, _ got: SharedBuffer, _ step: Int) throws {
            guard from.hasOutput else { return }
            let piece = from.withOutput { bytes in [UInt8](copying: bytes.extracting(first: min(step, bytes.byteCount)))
            }
            from.advanceOutput(by: piece.count)
            try to.receive(piece.span.bytes, into: got)
        }
    }

    private func copy(_ buffer: SharedBuffer) -> [UInt8] { [UInt8](copying: buffer.bytes) }

    private func serverContext(needsClient: Bool = false) throws -> TLSContext {
        try TLSContext.server(
            certificate: certificates.server, privateKey: certificates.serverKey,
            clientAuthorities: needsClient ? certificates.client : nil, requiresClientCertificate: needsClient)
    }

    @Test("carries bytes both ways, however they are cut", arguments: [1, 7, 1_000, Int.max])
    func bothWays(step: Int) throws {
        let pair = try Pair(try TLSContext.client(authorities: certificates.server), try serverContext())
        try pair.settle(step: step)
        #expect(pair.client.isEstablished && pair.server.isEstablished)
        let question = [UInt8](repeating: 3, count: step == 1 ? 500 : 100_000)
        try pair.client.send(question.span.bytes)
        let answer: [UInt8] = [1, 2, 3]
        try pair.server.send(answer.span.bytes)
        try pair.settle(step: step)
        let (serverGot, clientGot) = (copy(pair.serverGot), copy(pair.clientGot))
        #expect(serverGot == question)
        #expect(clientGot == answer)
        pair.client.finish()
        try pair.settle(step: step)
        #expect(pair.server.isEnded)
    }

    @Test("a client refuses a server that nobody vouches for, or that is another one")
    func strangers() throws {
        let stranger = try Pair(try TLSContext.client(authorities: certificates.client), try serverContext())
        #expect(throws: TLSError.self) { try stranger.settle() }
        let other = try Pair(
            try TLSContext.client(authorities: certificates.server), try serverContext(), name: "example.org")
        #expect(throws: TLSError.self) { try other.settle() }
        let byAddress = try Pair(
            try TLSContext.client(authorities: certificates.server), try serverContext(), name: "127.0.0.1")
        try byAddress.settle()
        #expect(byAddress.client.isEstablished)
    }

    @Test("a server refuses a client without a certificate where it wants one")
    func clientCertificates() throws {
        let with = try Pair(
            try TLSContext.client(
                authorities: certificates.server, certificate: certificates.client, privateKey: certificates.clientKey),
            try serverContext(needsClient: true))
        try with.settle()
        #expect(with.server.isEstablished)
        let without = try Pair(
            try TLSContext.client(authorities: certificates.server), try serverContext(needsClient: true))
        #expect(throws: TLSError.self) { try without.settle() }
    }

    @Test("bytes that are no TLS are an error, and answered with an alert")
    func noTLS() throws {
        let server = try TLSSession(try serverContext())
        let got = SharedBuffer(capacity: 64)
        #expect(throws: TLSError.self) {
            try server.receive(Array("GET / HTTP/1.0\r\n\r\n".utf8).span.bytes, into: got)
        }
        #expect(got.count == 0)
    }

    @Test("files that are not there, or do not belong together, are an error")
    func files() {
        #expect(throws: TLSError.self) {
            _ = try TLSContext.server(certificate: "/nowhere", privateKey: certificates.serverKey)
        }
        #expect(throws: TLSError.self) {
            _ = try TLSContext.server(certificate: certificates.server, privateKey: certificates.clientKey)
        }
    }
}
