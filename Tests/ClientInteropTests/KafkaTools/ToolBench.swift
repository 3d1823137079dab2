import Foundation

/// A broker, a Java client that arranges and looks, and shells that run commands against it. Used by one thread.
final class ToolBench {
    private let workshop: Workshop
    private let java: ClientProcess
    private var takenLines = 0
    private var count = 0

    init() throws {
        workshop = try Workshop(["group.min.session.timeout.ms": "1000"])
        java = try workshop.start(.java, "workbench", ["seconds": "900"])
    }

    /// Whose command it is, and whose things it works on.
    enum Side: String {
        case theirs, ours
    }

    /// Names of the things of one command; the guide's letters stand for them.
    struct Names {
        var topic: String
        var group: String { topic + ".group" }
        var id: String { topic + ".id" }
    }

    /// What became of a command.
    struct Outcome {
        var status = ""
        var told: [String: String] = [:]
        /// As the Java client sees it.
        var seen: [String: String] = [:]
        var text = ""
    }

    func newNames(_ side: Side) -> Names {
        count += 1
        return Names(topic: "tools\(count)-\(side.rawValue)")
    }

    /// Arranges, runs, looks.
    func run(_ command: String, _ tried: ToolCase, _ side: Side) throws -> Outcome {
        let names = newNames(side)
        if let arranged = tried.arranged { _ = try ask("arrange", names, arranged) }
        let process = try start(command, tried, side, names)
        process.text = try process.take()
        var outcome = Outcome(status: process.status)
        outcome.text = process.text
        let anonymous = names.hidden(in: process.text)
        outcome.told = side == .theirs ? tried.reading.theirs(anonymous) : tried.reading.ours(anonymous)
        let directory = workshop.directory(names.topic, 0)
        outcome.seen = Self.facts(try ask("look", names, ["directory": directory]), names)
        return outcome
    }

    // MARK: Commands

    private final class Running {
        let process: ClientProcess
        let output: URL
        var text = ""
        var status = ""

        init(_ process: ClientProcess, output: URL) {
            self.process = process
            self.output = output
        }

        func take() throws -> String {
            status = try process.finish().first { $0.word == "status" }?[1] ?? ""
            return try String(contentsOf: output, encoding: .utf8)
        }
    }

    private func start(_ command: String, _ tried: ToolCase, _ side: Side, _ names: Names) throws -> Running {
        let input = try workshop.scratch.write("in-\(UUID().uuidString)", tried.input)
        let output = workshop.scratch.file("out-\(UUID().uuidString)")
        // What kafka-delete-records.sh is told in a file stands in the guide beside the command.
        let deletion = try workshop.scratch.write(
            "deletion-\(UUID().uuidString)",
            #"{"version":1,"partitions":[{"topic":"\#(names.topic)","partition":0,"offset":42}]}"#)
        var text = names.filled(
            into: command, files: workshop.broker.data.appendingPathComponent("topics").path, deletion: deletion)
        if side == .theirs, tried.namesServer {
            let tool = text.prefix { $0 != " " }
            text = tool + " --bootstrap-server \(workshop.broker.bootstrap)" + text.dropFirst(tool.count)
        }
        let more = side == .theirs ? tried.moreForTheirs : tried.moreForOurs
        text += " " + more.replacing("SERVER", with: workshop.broker.bootstrap)
        let tools = URL(filePath: Tools.path("millrace")).deletingLastPathComponent().path
        let script = """
            export PATH="\(KafkaHome.tools ?? "/nowhere"):\(tools):$PATH"
            export MILLRACE_BOOTSTRAP_SERVER=\(workshop.broker.bootstrap)
            \(text) < "\(input)" > "\(output.path)"
            printf 'status\\t%s\\n' $?
            """
        return Running(try ClientProcess(["bash", "-c", script], scratch: workshop.scratch), output: output)
    }

    // MARK: The Java client

    private func ask(_ verb: String, _ names: Names, _ words: [String: String]) throws -> [Line] {
        let all = words.merging(["topic": names.topic, "group": names.group, "id": names.id]) { old, _ in old }
        try java.write(([verb] + all.map { "\($0.key)=\($0.value)" }.sorted()).joined(separator: "\t"))
        let begin = takenLines
        try java.wait("done after \(verb)") { $0.lines.dropFirst(begin).contains { $0.word == "done" } }
        let end = java.lines[begin...].firstIndex { $0.word == "done" } ?? java.lines.endIndex
        takenLines = end + 1
        let lines = Array(java.lines[begin..<end])
        if let trouble = lines.first(where: { $0.word == "trouble" }) { throw Failure("\(verb) \(all): \(trouble)") }
        return lines
    }

    private static func facts(_ lines: [Line], _ names: Names) -> [String: String] {
        var facts: [String: String] = [:]
        for line in lines where line.word == "fact" { facts[line[1]] = names.hidden(in: line[2]) }
        facts["records"] = lines.records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
            .map { record in
                let headers = record.headers.split(separator: ",").map { header in
                    let pair = header.split(separator: "=")
                    return "\(pair.first ?? ""):\(Bytes.text(String(pair.last ?? "")))"
                }
                return "\(text(record.key))=\(text(record.value))"
                    + (headers.isEmpty ? "" : "{\(headers.joined(separator: ","))}")
            }.joined(separator: " ")
        facts["codecs"] = Set(lines.filter { $0.word == "batch" }.map { $0[3] }).sorted().joined(separator: " ")
        return facts
    }

    private static func text(_ written: String) -> String { written == "-" ? "-" : Bytes.text(written) }
}

extension ToolBench.Names {
    /// A command of the guide with these names and numbers in the places of its letters.
    func filled(into command: String, files: String, deletion: String) -> String {
        let file =
            command.contains("offsets")
            ? "__consumer_offsets-0"
            : command.contains("transaction") ? "__transaction_state-0" : "\(topic)-0"
        let places = [
            "T": topic, "G": group, "A": group, "X": id, "N": "50", "R": "1000",
            "F": "\(files)/\(file)/00000000000000000000.log", "J": deletion,
        ]
        return command.replacing(#/\b[TGAXNRFJ]\b/#.wordBoundaryKind(.simple)) { match in
            places[String(match.0)] ?? String(match.0)
        }
    }

    /// The letters again, so that what two commands say can be compared.
    func hidden(in text: String) -> String {
        text.replacing(id, with: "X").replacing(group, with: "G").replacing(topic, with: "T")
    }
}

/// An unpacked Apache Kafka, where the environment names one (MILLRACE_KAFKA_HOME).
enum KafkaHome {
    static let folder = ProcessInfo.processInfo.environment["MILLRACE_KAFKA_HOME"]
    static let tools = folder.map { $0 + "/bin" }

    static func has(_ tool: String) -> Bool {
        tools.map { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") } ?? false
    }
}
