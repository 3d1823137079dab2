import Foundation
import Testing

@testable import MillraceCommand

@Suite("The broker as a process", .serialized)
struct BrokerProcessTests {
    @Test("it ends in order at SIGTERM and SIGINT, and its records are there after the next start")
    func restart() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t")
        try broker.expect("produce", "t", input: "a\n")
        #expect(try broker.stop() == 0, "\(broker.errors)")
        let folder = broker.folder
        let again = try Child(
            ["broker", "--data", broker.data, "--listen", "127.0.0.1:0"], in: folder)
        #expect(try eventually { again.output.contains("ready PLAINTEXT://127.0.0.1:") })
        let address = String(again.output.split(separator: "/").last ?? "").filter { $0 != "\n" }
        let read = try Millrace.run(["consume", "t", "--from-beginning", "--until-end"], server: address)
        #expect(read.output == "a\n", "\(read.errors)")
        let second = try Millrace.run(["broker", "--data", broker.data, "--listen", "127.0.0.1:0"])
        #expect(second.status == 1, "a data directory has one broker")
        let taken = try Millrace.run(["broker", "--data", folder.path + "/other", "--listen", address])
        #expect(taken.status == 1, "an address has one broker")
        again.send(SIGINT)
        #expect(try again.wait() == 0)
    }

    @Test("it ends in order where its standard input ends, if it was told so, and else goes on")
    func exitWithParent() throws {
        let broker = try BrokerProcess(["--exit-with-parent"])
        try broker.expect("topics", "create", "t")
        let folder = try TemporaryFolder()
        let independent = try Child(["broker", "--data", folder.path + "/data", "--listen", "127.0.0.1:0"], in: folder)
        #expect(try eventually { independent.output.contains("ready ") })
        try independent.closeInput()
        try broker.closeInput()
        #expect(try broker.wait() == 0, "\(broker.errors)")
        #expect(broker.errors.contains("shutting down"))
        #expect(independent.isRunning)
        independent.send(SIGTERM)
        #expect(try independent.wait() == 0)
    }

    @Test("a file of properties configures it; flags go before the file")
    func configuration() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/broker.properties"
        try "num.partitions=7\nauto.create.topics.enable=false\n".write(toFile: file, atomically: true, encoding: .utf8)
        let broker = try BrokerProcess(["--config", file, "--partitions", "3"])
        try broker.expect("topics", "create", "t")
        #expect(try broker.expect("topics", "describe", "t").contains("Topic t, 3 partitions"))
        let refused = try broker.run("produce", "nowhere", "--timeout", "2s", input: "a\n")
        #expect(refused.status != 0, "topics are not made on demand")
        try "num.partitons=7\n".write(toFile: file, atomically: true, encoding: .utf8)
        let wrong = try Millrace.run(["broker", "--data", folder.path, "--config", file])
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("did you mean 'num.partitions'?"))
    }

    @Test(
        "with TLS and SASL only who knows the password comes in",
        arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func security(mechanism: String) throws {
        let folder = try TemporaryFolder()
        let certificate = folder.path + "/cert.pem"
        let key = folder.path + "/key.pem"
        let made = try Shell.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key,
                "-out", certificate,
            ])
        try #require(made.status == 0, "\(made.errors)")
        let broker = try BrokerProcess(
            ["--tls-certificate", certificate, "--tls-key", key, "--user", "ann=s3cret"],
            listen: "SASL_SSL://127.0.0.1:0")
        func properties(_ password: String, _ protocolName: String = "SASL_SSL") throws -> String {
            let path = folder.path + "/\(UUID().uuidString).properties"
            let module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            let text = """
                security.protocol=\(protocolName)
                sasl.mechanism=\(mechanism)
                sasl.jaas.config=\(module) required username="ann" password="\(password)";
                ssl.truststore.type=PEM
                ssl.truststore.location=\(certificate)
                """
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let good = try properties("s3cret")
        try broker.expect("topics", "create", "t", "--command-config", good)
        try broker.expect("produce", "t", "--command-config", good, input: "a\n")
        #expect(
            try broker.expect("consume", "t", "--from-beginning", "--until-end", "--command-config", good) == "a\n")
        let wrong = try broker.run("topics", "list", "--command-config", try properties("guess"), "--timeout", "5s")
        #expect(wrong.status == 3)
        #expect(wrong.errors.contains("not let in"), "\(wrong.errors)")
        #expect(try broker.run("topics", "list", "--timeout", "2s").status != 0, "plain text is not understood")
        #expect(
            try broker.run("produce", "t", "--command-config", try properties("guess"), "--timeout", "3s", input: "a\n")
                .status != 0)
    }

    @Test("log dump shows what lies on the disk, and finds damage")
    func dump() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t")
        try broker.expect("produce", "t", "-k", ":", "-H", "h=1", input: "k:hello\n")
        let long = String(repeating: "b", count: 500) + "\nc\n"
        try broker.expect("produce", "t", "--transactional-id", "x", "--compression", "zstd", input: long)
        try broker.expect("consume", "t", "--group", "g", "--from-beginning", "-n", "1", "--timeout", "30s")
        #expect(try broker.stop() == 0)
        let log = broker.data + "/topics/t-0/00000000000000000000.log"
        let deep = try broker.expect("log", "dump", "--deep", broker.data + "/topics/t-0")
        #expect(deep.contains("offset 0  "))
        #expect(deep.contains("key k  value hello  headers h=1"))
        #expect(deep.contains("codec zstd"))
        #expect(deep.contains("marker commit"))
        #expect(deep.contains("transactional"))
        let states = try broker.expect(
            "log", "dump", "--decode", "transactions", broker.data + "/topics/__transaction_state-0")
        #expect(states.contains("transactionalId x  state CompleteCommit"))
        let offsets = try broker.expect(
            "log", "dump", "--decode", "offsets", broker.data + "/topics/__consumer_offsets-0")
        #expect(offsets.contains("group g  partition t-0  position 1"))
        let json = try broker.expect("log", "dump", log, "--json")
        #expect(json.split(separator: "\n").count == 3)
        let records = try broker.expect("log", "dump", log, "--json", "--deep")
        #expect(records.contains(#""key":null,"value":"c""#), "no key is not the text null")
        #expect(deep.contains("key null  value c"))
        #expect(try broker.expect("log", "dump", "--check", broker.data + "/topics/t-0") == "")
        let handle = try #require(FileHandle(forUpdatingAtPath: log))
        try handle.seek(toOffset: 75)
        try handle.write(contentsOf: Data([0xff]))
        try handle.close()
        let damaged = try broker.run("log", "dump", "--check", log)
        #expect(damaged.status == 1)
        #expect(damaged.output.contains("batch at position 0"))
        #expect(try broker.run("log", "dump", broker.folder.path).status == 2)
    }
}
