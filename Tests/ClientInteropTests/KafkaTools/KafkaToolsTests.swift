import Testing

/// The pairs of commands of docs/guide/kafka-tools.md.
///
/// Ours are always run, and Apache Kafka's Java client (4.3), over which its shell tools are thin, says what has become
/// of topics, records and groups. Where the variable MILLRACE_KAFKA_HOME names an unpacked Apache Kafka, its tools are
/// run on the same things, too: both must do the same and tell the same.
@Suite("Kafka's shell tools and ours", .serialized, .needsClients)
struct KafkaToolsTests {
    private static let pairs = (try? ToolGuide.pairs()) ?? []

    @Test("every pair of the guide is tested")
    func pairs() throws {
        let commands = Self.pairs.map(\.theirs)
        #expect(commands.count > 35)
        #expect(Set(commands).count == commands.count, "a command stands in the table twice")
        #expect(Set(commands) == Set(ToolCases.all.keys).union(ToolCases.left.keys))
        let shells = ToolGuide.pairs(in: "| `a.sh --list [--all]` | `b list [-a]` |\n| `… -x` | `b -y` |\n")
        #expect(shells.map(\.theirs) == ["a.sh --list", "a.sh --list --all", "a.sh --topic T -x"])
        #expect(shells.map(\.ours) == ["b list", "b list -a", "b -y"])
    }

    @Test("ours do what they say, as the Java client sees it")
    func ours() async throws {
        try await onOwnThread {
            let bench = try ToolBench()
            for pair in Self.pairs {
                guard let tried = ToolCases.all[pair.theirs] else { continue }
                let outcome = try bench.run(pair.ours, tried, .ours)
                Self.check(outcome, tried, pair.ours)
            }
        }
    }

    @Test(
        "Kafka's do the same and tell the same",
        .enabled(if: KafkaHome.folder != nil, "MILLRACE_KAFKA_HOME names no unpacked Apache Kafka"))
    func sideBySide() async throws {
        try await onOwnThread {
            let bench = try ToolBench()
            var left: [String] = []
            for pair in Self.pairs {
                guard let tried = ToolCases.all[pair.theirs] else { continue }
                let tool = String(pair.theirs.prefix { $0 != " " })
                guard KafkaHome.has(tool) else {
                    left.append(tool)
                    continue
                }
                let theirs = try bench.run(pair.theirs, tried, .theirs)
                let ours = try bench.run(pair.ours, tried, .ours)
                Self.check(theirs, tried, pair.theirs)
                for (name, fact) in ours.seen where !tried.differences.contains(name) {
                    #expect(theirs.seen[name] == fact, "\(name) after \(pair.theirs) and \(pair.ours)")
                }
                #expect(theirs.told == ours.told, "\(pair.theirs):\n\(theirs.text)\n\(pair.ours):\n\(ours.text)")
            }
            if !left.isEmpty { print("not among the tools of MILLRACE_KAFKA_HOME: \(left.joined(separator: ", "))") }
        }
    }

    private static func check(_ outcome: ToolBench.Outcome, _ tried: ToolCase, _ command: String) {
        #expect(outcome.status == "0", "\(command): \(outcome.text)")
        for (name, value) in tried.effects { #expect(outcome.seen[name] == value, "\(name) after \(command)") }
        for (name, value) in tried.told {
            #expect(outcome.told[name] == value, "\(name) of \(command):\n\(outcome.text)")
        }
    }
}
