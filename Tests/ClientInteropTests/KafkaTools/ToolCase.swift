import Foundation

/// What a command is tried on, and what must be the case after it. Plain data.
struct ToolCase: Sendable {
    /// Words of the order "arrange" (Clients/java/Workbench.java); nil where the topic is not to be there.
    var arranged: [String: String]? = [:]
    /// What comes on its standard input.
    var input = ""
    /// What a test says beside what the guide does: above all when to end.
    var moreForTheirs = ""
    var moreForOurs = ""
    /// Facts, as the Java client sees them after the command, that the case is about.
    var effects: [String: String] = [:]
    /// Facts that the command itself tells.
    var told: [String: String] = [:]
    var reading: ToolReading = .nothing
    /// Facts in which the two are allowed to differ, with the guide's leave.
    var differences: Set<String> = []
    /// Whether Kafka's tool takes `--bootstrap-server`.
    var namesServer = true
}

/// How what two commands print is read: into facts under the same names. Pure.
struct ToolReading: Sendable {
    var theirs: @Sendable (String) -> [String: String]
    var ours: @Sendable (String) -> [String: String]

    static let nothing = ToolReading(theirs: { _ in [:] }, ours: { _ in [:] })

    /// Lines, as they are.
    static let lines = ToolReading(theirs: { ["lines": lines(of: $0)] }, ours: { ["lines": lines(of: $0)] })

    private static func lines(of text: String) -> String {
        text.split(separator: "\n").joined(separator: " ").replacing("\t", with: ":")
    }
}

/// Output that Kafka's tools print as tables, and ours as JSON.
enum ToolOutput {
    /// Rows below a head line that has a column `first`, by the names of the columns.
    static func rows(_ text: String, first: String) -> [[String: String]] {
        var head: [String] = []
        var rows: [[String: String]] = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            if words.first == first {
                head = words
            } else if !head.isEmpty, words.count == head.count {
                rows.append(Dictionary(zip(head, words), uniquingKeysWith: { $1 }))
            }
        }
        return rows
    }

    /// Behind each `name:` of a line the word that follows.
    static func named(_ line: Substring) -> [String: String] {
        var found: [String: String] = [:]
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "|" }).map(String.init)
        for (name, value) in zip(words, words.dropFirst()) where name.hasSuffix(":") && !value.hasSuffix(":") {
            found[String(name.dropLast())] = value
        }
        return found
    }

    static func json(_ text: String) -> Any? { try? JSONSerialization.jsonObject(with: Data(text.utf8)) }

    /// The objects of an array, or of lines.
    static func objects(_ text: String) -> [[String: Any]] {
        if let array = json(text) as? [[String: Any]] { return array }
        if let object = json(text) as? [String: Any] { return [object] }
        return text.split(separator: "\n").compactMap { json(String($0)) as? [String: Any] }
    }

    /// A value of JSON as a word: null is "-".
    static func word(_ value: Any?) -> String {
        switch value {
        case nil, is NSNull: "-"
        case let number as NSNumber: "\(number)"
        case let list as [Any]: list.map { word($0) }.joined(separator: ",")
        case let value?: "\(value)"
        }
    }
}
