import Foundation

/// The table of docs/guide/kafka-tools.md: commands of Kafka's shell tools, and ours. Reads that file.
enum ToolGuide {
    struct Pair: Hashable, Sendable {
        /// The whole command line, as it would be typed.
        var theirs: String
        var ours: String
    }

    /// Every pair of the table. A row with something in brackets is two: with it and without.
    static func pairs() throws -> [Pair] {
        let path = "\(Installation.programs)/../../../docs/guide/kafka-tools.md"
        return pairs(in: try String(contentsOfFile: path, encoding: .utf8))
    }

    static func pairs(in text: String) -> [Pair] {
        var pairs: [Pair] = []
        var tool = ""
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "`").map(String.init)
            guard cells.count >= 4 else { continue }
            let (theirs, ours) = (cells[1], cells[3])
            // Behind the dots goes on what a row before began.
            if !theirs.hasPrefix("…") { tool = String(theirs.prefix { $0 != " " }) }
            let whole = theirs.replacing("… ", with: "\(tool) --topic T ")
            pairs.append(Pair(theirs: without(whole), ours: without(ours)))
            if whole.contains("[") { pairs.append(Pair(theirs: with(whole), ours: with(ours))) }
        }
        return pairs
    }

    private static func with(_ command: String) -> String { command.filter { $0 != "[" && $0 != "]" } }
    private static func without(_ command: String) -> String { command.replacing(#/ ?\[[^\]]*\]/#, with: "") }
}
