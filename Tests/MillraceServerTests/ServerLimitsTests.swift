import MillraceBroker
import MillraceCore
import MillraceNetwork
import MillraceProtocol
import MillraceSimulation
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Clients that cost too much")
struct ServerLimitsTests {
    @Test(
        "a request that is too long, negative or no request closes the connection",
        arguments: [
            ([0x7f, 0xff, 0xff, 0xff], "2147483647 bytes"), ([0xff, 0xff, 0xff, 0xff], "-1 bytes"),
            ([0, 0, 0, 1, 7], "cannot be read"), (Array("GET / HTTP/1.1\r\n\r\n".utf8), "bytes, where"),
            // Api 99, which there is not; Metadata in version 99.
            ([0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 1, 0xff, 0xff], "API 99"),
            ([0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff], "API 3 in version 99"),
        ] as [([UInt8], String)])
    func nonsense(bytes: [UInt8], words: String) throws {
        let server = try TestServer(onDisk: false)
        let client = try server.client()
        try client.send(bytes)
        try client.waitForClose()
        #expect(server.logs(words))
    }

    @Test("connections beyond the limits are refused, and others not")
    func connections() throws {
        let server = try TestServer(onDisk: false) { $0.limits.connectionsPerAddressMax = 2 }
        let first = try server.client()
        _ = try first.ask(Requests.metadata([]), version: 9)
        let second = try server.client()
        _ = try second.ask(Requests.metadata([]), version: 9)
        let third = try server.client()
        try third.waitForClose()
        #expect(server.logs("from this address already"))
        _ = try first.ask(Requests.metadata([]), version: 9)
    }

    @Test("requests that are never finished, answers that are never read and silence end in time")
    func slowClients() throws {
        let server = try TestServer {
            $0.limits.requestTimeout = .milliseconds(1_500)
            $0.limits.answerTimeout = .milliseconds(1_500)
            $0.limits.idleTimeout = .milliseconds(6_000)
        }
        try server.broker.createTopic("lines", partitionCount: 1)
        let slow = try server.client()
        try slow.send([0, 0, 1, 0, 0])
        let producer = try server.client()
        let batch = Requests.batch([String(repeating: "x", count: 900_000)])
        for _ in 0..<12 { _ = try producer.ask(Requests.produce("lines", batch: batch), version: 9) }
        let deaf = try server.client()
        deaf.setBufferSizes(4_096)
        for _ in 0..<3 {
            var fetch = Requests.fetch("lines", maxBytes: 50 << 20)
            fetch.topics[0].partitions[0].partitionMaxBytes = 50 << 20
            try deaf.send(fetch, version: 11)
        }
        #expect(server.logs("has not finished a request in"))
        #expect(server.logs("has read nothing of its answers"))
        #expect(server.logs("has been idle"))
        try slow.waitForClose()
    }

    @Test("memory for unfinished requests is bounded for all together")
    func memory() throws {
        let server = try TestServer(onDisk: false) { $0.limits.queuedBytesMax = 1 << 20 }
        let clients = try (0..<8).map { _ in try server.client() }
        var start = ByteWriter()
        start.append(Int32(50 << 20))
        start.appendZeros(200_000)
        // Some of them are closed while they send.
        for client in clients { try? client.send(start.copyBytes()) }
        #expect(server.logs("memory for requests and answers is used up"))
        _ = try server.client().ask(Requests.metadata([]), version: 9)
    }

}

@Suite("Who may come in")
struct ServerAuthenticationTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    private func secured(_ security: SecurityProtocol) throws -> TestServer {
        try TestServer(onDisk: false) {
            $0.listeners = [ListenerConfiguration(security: security, port: 0)]
            $0.users = [SASLUser(name: "alice", password: "secret")]
            $0.tls = TLSFiles(certificate: certificates.server, privateKey: certificates.serverKey)
        }
    }

    private func client(_ server: TestServer, _ security: SecurityProtocol) throws -> TestClient {
        let context =
            security == .ssl || security == .saslSSL
            ? try TLSContext.client(authorities: certificates.server) : nil
        return try TestClient(port: server.port, tls: context)
    }

    private func handshake(_ mechanism: String) -> SASLHandshakeRequest {
        var request = SASLHandshakeRequest()
        request.mechanism = mechanism
        return request
    }

    private func authenticate(_ text: String) -> SASLAuthenticateRequest {
        var request = SASLAuthenticateRequest()
        request.authenticationBytes = Array(text.utf8)
        return request
    }

    @Test("with TLS, and with a password", arguments: SecurityProtocol.allCases)
    func accepted(security: SecurityProtocol) throws {
        let server = try secured(security)
        let client = try client(server, security)
        let versions = try client.ask(APIVersionsRequest(), version: 2)
        #expect(versions.error == .none && !versions.apiKeys.isEmpty)
        if security == .saslSSL || security == .saslPlaintext {
            #expect(try client.ask(handshake("PLAIN"), version: 1).error == .none)
            #expect(try client.ask(authenticate("\0alice\0secret"), version: 2).error == .none)
        }
        _ = try client.ask(Requests.metadata(["lines"]), version: 9)
        let large = Requests.batch([String(repeating: "x", count: 500_000)])
        #expect(
            try client.ask(Requests.produce("lines", batch: large), version: 9).topics.first?.partitions.first?.error
                == KafkaErrorCode.none)
        let fetched = try client.ask(Requests.fetch("lines"), version: 11)
        guard case .inFrame(let range)? = fetched.topics.first?.partitions.first?.records else {
            Issue.record("no records")
            return
        }
        #expect(range.count == large.count)
    }

    @Test("bare frames of the mechanism follow the old handshake")
    func bareFrames() throws {
        let server = try secured(.saslPlaintext)
        let client = try client(server, .saslPlaintext)
        #expect(try client.ask(handshake("PLAIN"), version: 0).error == .none)
        let message = Array("\0alice\0secret".utf8)
        try client.send([0, 0, 0, UInt8(message.count)] + message)
        #expect(try client.frame() == [])
        _ = try client.ask(Requests.metadata([]), version: 9)
    }

    @Test("nothing but ApiVersions and SASL is answered before")
    func before() throws {
        let server = try secured(.saslPlaintext)
        let early = try client(server, .saslPlaintext)
        try early.send(Requests.metadata([]), version: 9)
        try early.waitForClose()
        #expect(server.logs("before authentication"))

        let large = try client(server, .saslPlaintext)
        try large.send([0, 2, 0, 0])
        try large.waitForClose()
        #expect(server.logs("131072 bytes"))
    }

    @Test("a wrong password, and a mechanism that is not enabled, are answered, and then the connection ends")
    func refused() throws {
        let server = try secured(.saslPlaintext)
        let wrong = try client(server, .saslPlaintext)
        #expect(try wrong.ask(handshake("PLAIN"), version: 1).error == .none)
        #expect(try wrong.ask(authenticate("\0alice\0guess"), version: 1).error == .saslAuthenticationFailed)
        try wrong.waitForClose()
        #expect(server.logs("wrong password of 'alice'"))

        let other = try client(server, .saslPlaintext)
        let answer = try other.ask(handshake("GSSAPI"), version: 1)
        #expect(answer.error == .unsupportedSASLMechanism)
        #expect(answer.mechanisms == ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
        try other.waitForClose()
    }

    @Test("plain text on a TLS listener, and TLS on a plain one, are dropped")
    func mixedUp() throws {
        let server = try secured(.ssl)
        let plain = try TestClient(port: server.port)
        try plain.send(Requests.metadata([]), version: 9)
        try plain.waitForClose()
        #expect(server.logs("TLS"))
        let other = try secured(.plaintext)
        #expect(throws: (any Error).self) {
            _ = try TestClient(port: other.port, tls: try TLSContext.client(authorities: certificates.server))
        }
    }

    @Test("an unknown version of ApiVersions is answered with version 0 and the range")
    func unknownVersion() throws {
        let server = try secured(.saslPlaintext)
        let client = try client(server, .saslPlaintext)
        // Version 99, correlation id 7, no client id.
        try client.send([0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff])
        let answer = try client.receive(APIVersionsRequest.self, version: 0)
        #expect(answer.correlationID == 7)
        #expect(answer.response.error == .unsupportedVersion)
        #expect(answer.response.apiKeys.map(\.apiKey) == [18])
        #expect(answer.response.apiKeys.map(\.maxVersion) == [4])

        var request = APIVersionsRequest()
        request.clientSoftwareName = "test"
        request.clientSoftwareVersion = "1.0"
        let third = try client.ask(request, version: 3)
        #expect(third.error == .none)
        #expect(third.supportedFeatures.isEmpty)
        #expect(third.finalizedFeatures.map(\.name).contains("transaction.version"))
        #expect(try client.ask(request, version: 4).supportedFeatures.map(\.name).contains("group.version"))
        #expect(third.apiKeys.first { $0.apiKey == 0 }?.minVersion == 0)
        request.clientSoftwareName = "-test"
        #expect(try client.ask(request, version: 3).error == .invalidRequest)
    }
}
