import Foundation

/// A document of the project and the blocks of code in it. Reads the disk the tests run on.
struct Document {
    struct Block {
        let language: String
        /// Of the line that opens the block, from 1.
        let line: Int
        let text: String
    }

    /// Relative to the root, with `/`.
    let path: String
    let text: String

    /// The fenced blocks, in order.
    var blocks: [Block] {
        var found: [Block] = []
        var open: (language: String, line: Int, lines: [Substring])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("```") else {
                open?.lines.append(line)
                continue
            }
            if let block = open {
                found.append(
                    Block(language: block.language, line: block.line, text: block.lines.joined(separator: "\n")))
                open = nil
            } else {
                open = (String(line.dropFirst(3)), index + 1, [])
            }
        }
        return found
    }
}

enum Documents {
    /// The folder of `Package.swift`, found from where this file was compiled.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// README.md and everything below docs.
    static let all: [Document] = paths(in: "docs", ending: ".md").reduce(into: [read("README.md")]) {
        $0.append(read($1))
    }.compactMap { $0 }

    /// The files whose code the documents show.
    static let snippets: [Document] = paths(in: "Tests/DocumentationTests/Snippets", ending: ".swift")
        .compactMap(read)

    static func read(_ path: String) -> Document? {
        guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { return nil }
        return Document(path: path, text: text)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
    }

    private static func paths(in folder: String, ending: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path(percentEncoded: false))
        return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }.sorted()
            .map { "\(folder)/\($0)" }
    }
}
