import Foundation
import Testing

@testable import MillraceCommand

/// docs/guide/kafka-tools.md is run as it stands: its shell blocks, in order, in one directory against one broker.
@Suite("The guide for users of Kafka's tools", .serialized)
struct GuideTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text() throws -> String {
        try String(contentsOf: root.appending(path: "docs/guide/kafka-tools.md"), encoding: .utf8)
    }

    @Test("every command of the table parses")
    func table() throws {
        var count = 0
        for line in try Self.text().split(separator: "\n") where line.hasPrefix("| `") {
            // Behind the last but one bar stands our command; brackets mark what may be left out.
            guard let ours = line.split(separator: "`").dropLast().last.map(String.init) else { continue }
            for optional in [true, false] {
                let text =
                    optional
                    ? ours.filter { $0 != "[" && $0 != "]" } : ours.replacing(#/ ?\[[^\]]*\]/#, with: "")
                let numbers = text.replacing("--records N", with: "--records 5").replacing("--rate R", with: "--rate 5")
                for words in ShellLine.commands(in: numbers) {
                    count += 1
                    do throws(UsageError) {
                        _ = try Catalogue.parser.parse(words)
                    } catch {
                        Issue.record("\(text): \(error.message)")
                    }
                }
            }
        }
        #expect(count > 50)
    }

    @Test("every line of the session works")
    func session() throws {
        let broker = try BrokerProcess()
        let tools = URL(filePath: Millrace.path).deletingLastPathComponent().path
        var lines = 0
        for block in Self.blocks(try Self.text()) {
            for line in block where !line.hasPrefix("millrace broker") {
                lines += 1
                let result = try Shell.run(
                    "bash", ["-c", "set -o pipefail; export PATH=\(tools):$PATH; \(line)"],
                    environment: Millrace.environment(server: broker.address), directory: broker.folder.path)
                #expect(result.status == 0, "\(line): \(result.errors)")
            }
        }
        #expect(lines > 30)
        let committed = try String(contentsOfFile: broker.folder.path + "/committed.txt", encoding: .utf8)
        #expect(committed.split(separator: "\n").count == 1_000)
    }

    /// The lines of each block of shell.
    private static func blocks(_ text: String) -> [[String]] {
        var blocks: [[String]] = []
        var open: [String]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line == "```sh" {
                open = []
            } else if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open = nil
            } else {
                open?.append(line)
            }
        }
        return blocks
    }
}
