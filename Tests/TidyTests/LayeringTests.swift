import Testing

@Suite("Layering")
struct LayeringTests {
    @Test("pure folders import no file, clock or thread", arguments: Rules.pureFolders)
    func imports(folder: String) {
        for file in SourceTree.swiftFiles where file.isIn(folder) {
            for (index, line) in file.code.lines.enumerated() {
                let words = line.split(separator: " ")
                guard let position = words.firstIndex(of: "import"), let module = words.last, position < 3 else {
                    continue
                }
                let name = module.split(separator: ".").first.map(String.init) ?? ""
                if Rules.impureModules.contains(name) {
                    Issue.record("\(file.path):\(index + 1) imports \(name): \(folder) is pure, pass what it needs in")
                }
            }
        }
    }

    @Test("docs/architecture.md names every room, with the imports Package.swift allows")
    func rooms() throws {
        let declared = Manifest(try #require(SourceTree.read("Package.swift"))).libraries
        let documented = RoomTable(try #require(SourceTree.read("docs/architecture.md"))).rooms
        #expect(!declared.isEmpty)
        for (room, imports) in declared.sorted(by: { $0.key < $1.key }) {
            guard let table = documented[room] else {
                Issue.record("docs/architecture.md does not name \(room)")
                continue
            }
            #expect(
                table == imports,
                "\(room): Package.swift lets it import \(imports.sorted()), docs/architecture.md says \(table.sorted())"
            )
        }
        for room in documented.keys.sorted() where declared[room] == nil {
            Issue.record("docs/architecture.md names \(room), Package.swift does not have it")
        }
    }

    @Test("the packages to install are the same in .ci/run, in make deps and in Package.swift")
    func packages() throws {
        let manifest = try #require(SourceTree.read("Package.swift"))
        let gate = try #require(SourceTree.read(".ci/run"))
        let script = try #require(SourceTree.read(".ci/install-dependencies"))
        var wanted: [String] = []
        for list in manifest.matches(of: #/\.apt\(\[(.*?)\]\)/#) {
            wanted += String(list.1).matches(of: #/"([^"]+)"/#).map { String($0.1) }
        }
        #expect(!wanted.isEmpty)
        for package in wanted {
            #expect(gate.contains(" \(package)"), ".ci/run does not install \(package)")
            #expect(script.contains(package), ".ci/install-dependencies does not install \(package)")
        }
        // What other people's clients need.
        let clients = try #require(SourceTree.read(".ci/install-clients"))
        let list = try #require(clients.firstMatch(of: #/packages=\((.+?)\)/#))
        for package in list.1.split(separator: " ") {
            #expect(gate.contains(" \(package)"), ".ci/run does not install \(package)")
        }
    }
}

/// The targets of Package.swift, as far as the layering is concerned.
private struct Manifest {
    /// Targets under `Sources/`, with what they may import.
    var libraries: [String: Set<String>] = [:]

    init(_ text: String) {
        let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: " ")
        for declaration in code.split(separator: #/\.(?=target\(|systemLibrary\(|executableTarget\(|testTarget\()/#) {
            guard declaration.hasPrefix("target(") || declaration.hasPrefix("systemLibrary("),
                !declaration.contains("path:"),
                let name = declaration.firstMatch(of: #/name: "(\w+)"/#)
            else { continue }
            let dependencies = declaration.firstMatch(of: #/dependencies: \[(.*?)\]/#).map { $0.1 } ?? ""
            libraries[String(name.1)] = Set(dependencies.matches(of: #/"(\w+)"/#).map { String($0.1) })
        }
    }
}

/// The table of rooms in docs/architecture.md: `| `room` | what it is | may import |`.
private struct RoomTable {
    var rooms: [String: Set<String>] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimming { $0 == " " } }
            guard cells.count == 3 else { continue }
            let imports = Set(cells[2].matches(of: #/`(\w+)`/#).map { String($0.1) })
            for room in cells[0].matches(of: #/`(\w+)`/#) { rooms[String(room.1)] = imports }
        }
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
