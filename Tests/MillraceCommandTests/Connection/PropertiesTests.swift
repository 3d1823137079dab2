import MillraceClient
import Testing

@testable import MillraceCommand

@Suite("Configuration files")
struct PropertiesTests {
    @Test("properties are read as Java's tools read them")
    func properties() {
        let text = """
            # a comment
            ! another
            a=1
              b : two words
            c=x=y
            long=one, \\
                two

            empty=
            alone
            """
        let found = Properties.parse(text).map { "\($0.name)=\($0.value)" }
        #expect(found == ["a=1", "b=two words", "c=x=y", "long=one, two", "empty=", "alone="])
    }

    @Test("a SASL configuration of Kafka's tools serves both of our clients")
    func sasl() throws {
        let properties = try ClientProperties([
            ("security.protocol", "SASL_SSL"), ("sasl.mechanism", "SCRAM-SHA-512"),
            (
                "sasl.jaas.config",
                #"org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="a\"b c";"#
            ),
            ("ssl.truststore.type", "PEM"), ("ssl.truststore.location", "/ca.pem"), ("fetch.min.bytes", "1"),
        ])
        #expect(
            properties.security.sasl == ClientCredentials(mechanism: .scramSHA512, name: "ann", password: "a\"b c"))
        #expect(properties.security.tls?.authorities == "/ca.pem")
        let settings = Dictionary(uniqueKeysWithValues: properties.kafkaSettings.map { ($0.name, $0.value) })
        #expect(settings["sasl.username"] == "ann")
        #expect(settings["sasl.password"] == "a\"b c")
        #expect(settings["ssl.ca.location"] == "/ca.pem")
        #expect(settings["security.protocol"] == "SASL_SSL")
        #expect(settings["fetch.min.bytes"] == "1")
        #expect(settings["ssl.truststore.location"] == nil)
    }

    @Test("no file is plain text without a login")
    func none() throws {
        #expect(try ClientProperties([]).security == ClientSecurity())
    }

    @Test(
        "what cannot be is said",
        arguments: [
            ([("security.protocol", "TLS")], "security.protocol is one of"),
            ([("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "GSSAPI")], "sasl.mechanism is one of"),
            (
                [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "PLAIN")],
                "SASL needs a name and a password"
            ),
            ([("security.protocol", "SSL"), ("ssl.truststore.location", "/t.jks")], "only PEM files are read"),
        ])
    func errors(properties: [(String, String)], expected: String) {
        do throws(ClientPropertiesError) {
            _ = try ClientProperties(properties.map { (name: $0.0, value: $0.1) })
            Issue.record("\(properties) was taken")
        } catch {
            #expect(error.description.contains(expected))
        }
    }
}
