import Foundation
import MillraceServer
import Testing

@testable import MillraceCommand

/// docs/guide/broker.md: its file of properties is one, its commands parse, the properties it names are known.
@Suite("The guide to running a broker")
struct BrokerGuideTests {
    private static func text() throws -> String {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/guide/broker.md"), encoding: .utf8)
    }

    private static func block(_ language: String, of text: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    @Test("the file of properties is understood")
    func properties() throws {
        let file = try #require(Self.block("text", of: try Self.text()).first)
        let settings = try BrokerSettings(Properties.parse(file))
        #expect(settings.server.listeners.map(\.security) == [.plaintext, .saslSSL])
        #expect(settings.server.users.map(\.name) == ["ada"])
        #expect(settings.server.tls != nil)
        #expect(settings.defaultPartitionCount == 4)
        #expect(!settings.server.createsTopicsOnDemand)
    }

    @Test("the commands parse")
    func commands() throws {
        var count = 0
        for block in Self.block("sh", of: try Self.text()) {
            for line in block.split(separator: "\n") where line.hasPrefix("millrace ") {
                for words in ShellLine.commands(in: String(line)) {
                    count += 1
                    do throws(UsageError) {
                        _ = try Catalogue.parser.parse(words)
                    } catch {
                        Issue.record("\(line): \(error.message)")
                    }
                }
            }
        }
        #expect(count == 2)
    }

    @Test(
        "the properties that it names are known",
        arguments: [
            "socket.request.max.bytes", "max.connections", "connections.max.idle.ms", "offsets.retention.minutes",
            "durability.interval.ms",
        ])
    func names(property: String) throws {
        #expect(try Self.text().contains("`\(property)`"))
        #expect(BrokerSettings.known.contains { $0.name == property })
    }
}
