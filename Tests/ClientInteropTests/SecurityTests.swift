import Foundation
import Testing

/// TLS with certificates made here, and SASL over it.
@Suite("Clients of other people: security", .needsClients)
struct SecurityTests {
    static let mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

    @Test("clients produce and consume over TLS with each mechanism; wrong passwords get nothing")
    func security() async throws {
        try await onOwnThread {
            let certificates = try Certificates()
            let workshop = try Workshop(certificates.settings)
            workshop.common = [
                "security": "SASL_SSL", "ca": certificates.authority, "username": "anna", "password": "anna-secret",
                "mechanism": "PLAIN",
            ]
            try workshop.create("secret", partitions: Client.allCases.count * Self.mechanisms.count)
            var partition = 0
            var writers: [(String, ClientProcess)] = []
            for client in Client.allCases {
                for mechanism in Self.mechanisms {
                    workshop.common["mechanism"] = mechanism
                    let records = [PlannedRecord(partition: partition, key: "x6b", value: "x76")]
                    writers.append(("\(client) \(mechanism)", try workshop.produce(records, to: "secret", by: client)))
                    partition += 1
                }
            }
            _ = workshop.results(writers)
            workshop.common["mechanism"] = "SCRAM-SHA-512"
            let readers = try Client.allCases.map { ($0, try workshop.start($0, "read", ["topic": "secret"])) }
            for (client, lines) in workshop.results(readers) {
                #expect(lines.records.map(\.partition).sorted() == Array(0..<partition), "\(client)")
            }
            for mechanism in Self.mechanisms {
                workshop.common["mechanism"] = mechanism
                workshop.common["password"] = "wrong"
                let intruder = try workshop.start(.aiokafka, "read", ["topic": "secret", "seconds": "10"])
                #expect(throws: Failure.self, "\(mechanism)") { try intruder.finish() }
                #expect(intruder.lines.records.isEmpty)
            }
        }
    }
}

/// A certificate authority and the broker's certificate for 127.0.0.1, made by openssl.
private struct Certificates {
    let authority: String
    let settings: [String: String]
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        let path = { [scratch] in scratch.file($0).path }
        let names = try scratch.write("names", "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        let commands = [
            """
            req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority \
            -keyout \(path("ca.key")) -out \(path("ca.pem"))
            """,
            """
            req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=broker \
            -keyout \(path("broker.key")) -out \(path("broker.csr"))
            """,
            """
            x509 -req -days 2 -in \(path("broker.csr")) -CA \(path("ca.pem")) -CAkey \(path("ca.key")) \
            -CAcreateserial -extfile \(names) -out \(path("broker.pem"))
            """,
        ]
        for command in commands {
            try ClientProcess(["openssl"] + command.split(separator: " ").map(String.init), scratch: scratch).finish()
        }
        authority = path("ca.pem")
        settings = [
            "listener.security.protocol": "SASL_SSL", "ssl.certificate": path("broker.pem"),
            "ssl.key": path("broker.key"), "sasl.users": "anna:anna-secret",
        ]
    }
}
