import MillraceBroker
import MillraceServer
import Testing

@testable import MillraceCommand

@Suite("Settings of a broker")
struct BrokerSettingsTests {
    private func settings(_ pairs: String...) throws(BrokerSettingsError) -> BrokerSettings {
        try BrokerSettings(
            [(name: "log.dirs", value: "/d")]
                + pairs.map {
                    let parts = $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (name: String(parts[0]), value: String(parts[1]))
                })
    }

    @Test("defaults serve this machine only, and survive a power loss")
    func defaults() throws {
        let settings = try settings()
        #expect(settings.durability == .everyCommit)
        #expect(settings.server.listeners.map(\.host) == ["127.0.0.1"])
        #expect(settings.server.listeners.map(\.port) == [9092])
    }

    @Test("properties set what they name")
    func values() throws {
        let settings = try settings(
            "durability=interval", "durability.interval.ms=250", "listeners=PLAINTEXT://:1,SASL_PLAINTEXT://[::1]:2",
            "advertised.listeners=PLAINTEXT://example.org:9", "sasl.users=a:b:c,d:e", "sasl.user.x=y,z",
            "sasl.enabled.mechanisms=PLAIN", "node.id=7", "offsets.retention.minutes=2", "max.connections=5")
        #expect(settings.durability == .interval(.milliseconds(250)))
        #expect(settings.server.listeners.map(\.host) == ["", "::1"])
        #expect(settings.server.listeners.map(\.advertisedHost) == ["example.org", nil])
        #expect(settings.server.listeners.map(\.advertisedPort) == [9, nil])
        #expect(settings.server.users.map(\.password) == ["b:c", "e", "y,z"])
        #expect(settings.server.mechanisms == [.plain])
        #expect(settings.broker.nodeID == 7)
        #expect(settings.broker.groups.offsetsRetention == .seconds(120))
        #expect(settings.server.limits.connectionsMax == 5)
        #expect(
            try self.settings("listeners=h:1", "listener.security.protocol=plaintext").server.listeners[0].host == "h")
    }

    @Test(
        "what cannot be is said",
        arguments: [
            ("listeners=x", "is not [SECURITY://]HOST:PORT"), ("listeners=SSL://h:1", "needs a certificate"),
            ("listeners=SASL_PLAINTEXT://h:1", "needs users"), ("listeners=h:1,h:2", "one listener for each kind"),
            ("advertised.listeners=SSL://h:1", "there is no listener for SSL"),
            ("num.partitions=0", "needs a whole number"),
            ("durability=never", "is one of every-commit, interval, system"), ("ssl.key=/k", "belong together"),
            ("log.retention.hours=1", "unknown property"), ("sasl.users=a", "sasl.users needs NAME:PASSWORD"),
        ])
    func errors(pair: String, expected: String) {
        do throws(BrokerSettingsError) {
            _ = try settings(pair)
            Issue.record("\(pair) was taken")
        } catch {
            #expect(error.description.contains(expected))
        }
    }
}
