import Testing

@Suite("Sizes")
struct SizeTests {
    @Test("no line is longer than the limit")
    func lines() {
        for file in SourceTree.swiftFiles {
            for (index, line) in file.lines.enumerated()
            // Cheaper than characters, of which there are no more than bytes.
            where line.utf8.count > Rules.lineLength && line.count > Rules.lineLength {
                Issue.record("\(file.path):\(index + 1) has \(line.count) characters, at most \(Rules.lineLength)")
            }
        }
    }

    @Test("no file is longer than the limit")
    func files() {
        for file in SourceTree.swiftFiles {
            let count = file.lines.count - 1
            let limit = Rules.longFiles[file.path] ?? (file.isTest ? Rules.testFileLines : Rules.fileLines)
            if count > limit {
                Issue.record("\(file.path) has \(count) lines, at most \(limit): give its second idea a file")
            }
        }
    }

    @Test("no function is longer than the limit")
    func functions() {
        for file in SourceTree.swiftFiles where file.path != "Package.swift" {
            for function in file.code.functions {
                let limit =
                    Rules.longFunctions["\(file.path) \(function.name)"]
                    ?? (file.isTest ? Rules.testFunctionLines : Rules.functionLines)
                if function.lineCount > limit {
                    Issue.record(
                        """
                        \(file.path):\(function.firstLine) \(function.name) has \(function.lineCount) lines, \
                        at most \(limit): name its steps
                        """)
                }
            }
        }
    }

    @Test("what the ratchet lists still is too long")
    func ratchet() {
        let lengths = Dictionary(SourceTree.swiftFiles.map { ($0.path, $0.lines.count - 1) }) { first, _ in first }
        for (path, listed) in Rules.longFiles {
            #expect(lengths[path] == listed, "Rules.longFiles says \(listed) lines for \(path): lower or remove it")
        }
    }
}
