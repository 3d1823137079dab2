import Foundation
import MillraceCluster
import MillraceCore
import MillraceKafka
import MillraceServer
import Testing

@Suite("Whoever moves the records comes in by the same door as the wire client")
struct KafkaSecurityTests {
    private let p0 = TopicPartition("lines", 0)

    /// Writes and reads in a group: every connection of the port is used.
    private func use(_ fixture: KafkaFixture) throws {
        try fixture.create("lines")
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        try producer.send([Sent("a", "1")], to: p0)
        try producer.commitTransaction()
        let consumer = try fixture.consumer(group: "g")
        try consumer.subscribe(to: ["lines"], assignor: RangeAssignor())
        #expect(try consumer.read { $0.count == 1 }.map(\.key) == [Array("a".utf8)])
        consumer.close()
    }

    private func settings(_ mechanism: String, password: String = "secret") -> [String: String] {
        [
            "security.protocol": "sasl_plaintext", "sasl.mechanism": mechanism, "sasl.username": "ann",
            "sasl.password": password,
        ]
    }

    private func serving(_ configuration: inout ServerConfiguration) {
        configuration.listeners = [ListenerConfiguration(security: .saslPlaintext, port: 0)]
        configuration.users = [SASLUser(name: "ann", password: "secret")]
    }

    @Test("SASL", arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], RecordClient.allCases)
    func sasl(mechanism: String, client: RecordClient) throws {
        try use(try KafkaFixture(settings: settings(mechanism), records: client, serving))
    }

    @Test("a wrong password is an error that nobody tries again", arguments: RecordClient.allCases)
    func wrongPassword(client: RecordClient) throws {
        let fixture = try KafkaFixture(settings: settings("PLAIN", password: "guess"), records: client, serving)
        #expect { _ = try fixture.cluster.admin.listTopics() } throws: { ($0 as? ClusterError)?.kind == .fatal }
        let consumer = try fixture.consumer(group: "g")
        try consumer.subscribe(to: ["lines"], assignor: RangeAssignor())
        #expect { _ = try consumer.read(1) } throws: { ($0 as? ClusterError)?.kind == .fatal }
        consumer.close()
    }

    @Test("TLS, with a certificate that must be vouched for", arguments: RecordClient.allCases)
    func tls(client: RecordClient) throws {
        let directory = NSTemporaryDirectory() + "millrace-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (certificate, key) = (directory + "/cert.pem", directory + "/key.pem")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        #expect(openssl.terminationStatus == 0)
        let fixture = try KafkaFixture(
            settings: ["security.protocol": "ssl", "ssl.ca.location": certificate], host: "localhost", records: client
        ) { configuration in
            configuration.listeners = [ListenerConfiguration(security: .ssl, port: 0, advertisedHost: "localhost")]
            configuration.tls = TLSFiles(certificate: certificate, privateKey: key)
        }
        try use(fixture)
    }
}
