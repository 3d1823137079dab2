internal import MillraceLog

/// Puts a dump out line by line: `name value` pairs for people, an object for machines. Writes to the console.
struct LogPrinter {
    private let console: Console
    private let isJSON: Bool
    private let showsProblemsOnly: Bool
    private(set) var problemCount = 0
    private var path = ""

    init(console: Console, isJSON: Bool, showsProblemsOnly: Bool) {
        self.console = console
        self.isJSON = isJSON
        self.showsProblemsOnly = showsProblemsOnly
    }

    mutating func begin(_ file: PartitionFiles.File) {
        path = file.path
        if !isJSON && !showsProblemsOnly { console.write("\(path)\n") }
    }

    func entry(_ members: [(String, JSON)]) { write(members, indent: "  ") }

    func record(_ members: [(String, JSON)]) { write(members, indent: "    ") }

    mutating func problem(_ text: String) {
        problemCount += 1
        if isJSON {
            console.write(
                JSON.object([.init(name: "file", value: JSON(path)), .init(name: "problem", value: JSON(text))]).text
                    + "\n")
        } else {
            console.write("\(path): \(text)\n")
        }
    }

    private func write(_ members: [(String, JSON)], indent: String) {
        guard !showsProblemsOnly else { return }
        if isJSON {
            let file = [JSON.Member(name: "file", value: JSON(path))]
            console.write(JSON.object(file + members.map { .init(name: $0.0, value: $0.1) }).text + "\n")
            return
        }
        let words = members.compactMap { name, value -> String? in
            switch value {
            // A record without a value is something to see.
            case .null where name == "key" || name == "value": "\(name) null"
            case .null, .bool(false): nil
            case .bool(true): name
            case .string(let text): "\(name) \(text)"
            default: "\(name) \(value.text)"
            }
        }
        console.write(indent + words.joined(separator: "  ") + "\n")
    }
}
