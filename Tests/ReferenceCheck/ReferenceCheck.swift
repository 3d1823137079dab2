import Foundation

/// Refuses an API reference with gaps: reads the symbol graphs that the compiler wrote and lists every public symbol
/// that has no documentation comment, with its place. Run by `make docs`, which gives the graphs' files.
@main
enum ReferenceCheck {
    static func main() throws {
        let paths = CommandLine.arguments.dropFirst()
        guard !paths.isEmpty else { throw Usage() }
        var undocumented: [String] = []
        var count = 0
        for path in paths {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            let graph = try JSONDecoder().decode(SymbolGraph.self, from: data)
            // Symbols without a place were made by the compiler.
            let written = graph.symbols.filter { $0.location != nil }
            count += written.count
            undocumented += written.filter { $0.docComment == nil }.map(\.description)
        }
        for line in undocumented.sorted() { print(line) }
        print("\(count) public symbols, \(undocumented.count) without documentation")
        if !undocumented.isEmpty { exit(1) }
    }

    struct Usage: Error, CustomStringConvertible {
        let description = "usage: ReferenceCheck <symbol graph> …    for instance Millrace.symbols.json"
    }
}

/// As much of the compiler's symbol graph format as the check needs.
struct SymbolGraph: Decodable {
    let symbols: [Symbol]

    struct Symbol: Decodable, CustomStringConvertible {
        let pathComponents: [String]
        let docComment: Comment?
        let location: Location?

        var description: String {
            let place = location.map { "\($0.uri.replacing("file://", with: "")):\($0.position.line + 1): " } ?? ""
            return place + pathComponents.joined(separator: ".")
        }
    }

    struct Comment: Decodable {}

    struct Location: Decodable {
        let uri: String
        let position: Position

        struct Position: Decodable {
            let line: Int
        }
    }
}
