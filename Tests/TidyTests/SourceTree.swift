import Foundation

/// The files of the package, read from the disk the tests run on. Test threads read it; nothing is written.
struct SourceTree {
    struct File {
        /// Relative to the root, with `/`.
        let path: String
        let text: String
        /// Of Swift; read once for all tests, since unoptimised code takes seconds for it.
        let code: SwiftText
        var isTest: Bool { path.hasPrefix("Tests/") }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        init(path: String, text: String) {
            self.path = path
            self.text = text
            code = SwiftText(path.hasSuffix(".swift") ? text : "")
        }

        func isIn(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
    }

    /// The folder of `Package.swift`, found from where this file was compiled.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let swiftFiles: [File] = files(in: ["Package.swift", "Sources", "Tests", "Examples", "Benchmarks"]) {
        $0.hasSuffix(".swift")
    }

    static let documents: [File] = files(in: ["README.md", "docs"]) { $0.hasSuffix(".md") }

    static func read(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
    }

    private static func files(in tops: [String], where isWanted: (String) -> Bool) -> [File] {
        var found: [File] = []
        for top in tops {
            let names = FileManager.default.enumerator(atPath: root.appending(path: top).path(percentEncoded: false))
            var paths = (names?.compactMap { $0 as? String } ?? []).map { "\(top)/\($0)" }
            if isWanted(top) { paths.append(top) }
            for path in paths.sorted() where isWanted(path) {
                if let text = read(path) { found.append(File(path: path, text: text)) }
            }
        }
        return found
    }
}
