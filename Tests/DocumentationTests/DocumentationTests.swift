import Testing

/// Every block of code in the documents is compiled: it stands in a file of `Snippets`, where tests run it. White space
/// does not count, since the formatter breaks indented lines elsewhere; imports stand at the head of the file.
@Suite("Code in the documents")
struct DocumentationTests {
    @Test("every block of Swift stands in a file of Snippets")
    func swiftBlocks() {
        #expect(!Documents.snippets.isEmpty)
        let files = Documents.snippets.map { (imports: imports(of: $0.text), code: code(of: $0.text)) }
        var count = 0
        for document in Documents.all {
            for block in document.blocks where block.language == "swift" {
                count += 1
                let isThere = files.contains { file in
                    file.imports.isSuperset(of: imports(of: block.text)) && file.code.contains(code(of: block.text))
                }
                if !isThere {
                    Issue.record(
                        "\(document.path):\(block.line): this code is in no file of Tests/DocumentationTests/Snippets")
                }
            }
        }
        #expect(count > 0)
    }

    @Test("blocks are Swift or shell, which is tested, or plain text")
    func languages() {
        for document in Documents.all {
            for block in document.blocks where !["swift", "sh", "text"].contains(block.language) {
                Issue.record("\(document.path):\(block.line): a block of \"\(block.language)\" is not tested")
            }
        }
    }

    @Test("make targets that the documents name are in the Makefile")
    func makeTargets() throws {
        let makefile = try #require(Documents.read("Makefile")).text
        var count = 0
        for document in Documents.all {
            var code = document.blocks.filter { $0.language == "sh" }.map(\.text)
            code += document.text.matches(of: #/`([^`\n]+)`/#).map { String($0.1) }
            for command in code {
                for match in command.matches(of: #/(?:^|\n|\s)make ([a-z-]+)/#) {
                    count += 1
                    #expect(
                        makefile.contains("\n\(match.1):"), "\(document.path) says make \(match.1); there is no such")
                }
            }
        }
        #expect(count > 0)
    }

    @Test("files that the documents name are there")
    func files() {
        for document in Documents.all {
            for match in document.text.matches(of: #/`((?:Sources|Tests|Examples|Benchmarks|docs)\/[\w\/.+-]+)`/#) {
                #expect(Documents.exists(String(match.1)), "\(document.path) names \(match.1)")
            }
        }
    }

    private func imports(of text: String) -> Set<Substring> {
        Set(text.split(separator: "\n").filter { $0.hasPrefix("import ") })
    }

    /// All but the imports, without white space.
    private func code(of text: String) -> String {
        text.split(separator: "\n").filter { !$0.hasPrefix("import ") }.joined().filter { !$0.isWhitespace }
    }
}
