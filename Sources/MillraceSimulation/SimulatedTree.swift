internal import MillraceCore

/// All names and files of a simulated disk, as one value: a crash is a function from one tree to the next.
struct SimulatedTree: Sendable {
    private(set) var nodes: [Int: SimulatedNode] = [0: .directory(SimulatedDirectory())]
    private var nextNode = 1
    /// Bytes of all files that have a name.
    private(set) var usedBytes = 0

    // MARK: Names

    func node(at path: String) -> Int? {
        var current = 0
        for name in SimulatedTree.components(of: path) {
            guard case .directory(let directory)? = nodes[current], let next = directory.names[name] else { return nil }
            current = next
        }
        return current
    }

    func names(in path: String) -> [String]? {
        guard let node = node(at: path), case .directory(let directory)? = nodes[node] else { return nil }
        return directory.names.keys.sorted()
    }

    func isDirectory(_ path: String) -> Bool { names(in: path) != nil }

    /// Makes an empty file; nil where its directory is lacking.
    mutating func createFile(_ path: String) -> Int? { create(path, .file(SimulatedFile())) }

    mutating func createDirectory(_ path: String) -> Bool {
        var prefix = ""
        for name in SimulatedTree.components(of: path) {
            prefix += "/" + name
            if node(at: prefix) == nil, create(prefix, .directory(SimulatedDirectory())) == nil { return false }
            if !isDirectory(prefix) { return false }
        }
        return true
    }

    private mutating func create(_ path: String, _ node: SimulatedNode) -> Int? {
        let (parent, name) = SimulatedTree.split(path)
        let made = nextNode
        guard change(parent, .set(name, node: made)) else { return nil }
        nodes[made] = node
        nextNode += 1
        return made
    }

    mutating func removeFile(_ path: String) -> Bool {
        let (parent, name) = SimulatedTree.split(path)
        guard let file = file(at: path) else { return false }
        usedBytes -= file.bytes.count
        return change(parent, .remove(name))
    }

    mutating func removeDirectory(_ path: String) -> Bool {
        guard let names = names(in: path) else { return false }
        for name in names {
            let child = path + "/" + name
            _ = isDirectory(child) ? removeDirectory(child) : removeFile(child)
        }
        let (parent, name) = SimulatedTree.split(path)
        return change(parent, .remove(name))
    }

    mutating func rename(_ source: String, to target: String) -> Bool {
        guard let moved = node(at: source) else { return false }
        if let replaced = file(at: target) { usedBytes -= replaced.bytes.count }
        let (oldParent, oldName) = SimulatedTree.split(source)
        let (newParent, newName) = SimulatedTree.split(target)
        if oldParent == newParent { return change(oldParent, .rename(oldName, to: newName)) }
        return change(newParent, .set(newName, node: moved)) && change(oldParent, .remove(oldName))
    }

    mutating func syncDirectory(_ path: String) -> Bool {
        guard let node = node(at: path), case .directory(var directory)? = nodes[node] else { return false }
        directory.sync()
        nodes[node] = .directory(directory)
        return true
    }

    private mutating func change(_ path: String, _ change: SimulatedDirectory.Change) -> Bool {
        guard let node = node(at: path), case .directory(var directory)? = nodes[node] else { return false }
        directory.apply(change)
        nodes[node] = .directory(directory)
        return true
    }

    // MARK: Files

    private func file(at path: String) -> SimulatedFile? {
        guard let node = node(at: path) else { return nil }
        return file(node)
    }

    func file(_ node: Int) -> SimulatedFile? {
        guard case .file(let file)? = nodes[node] else { return nil }
        return file
    }

    /// Lets `body` change a file in place; nil where the node is none.
    mutating func withFile<Result>(_ node: Int, _ body: (inout SimulatedFile) -> Result) -> Result? {
        guard let index = nodes.index(forKey: node), case .file(var file) = nodes.values[index] else { return nil }
        let oldSize = file.bytes.count
        nodes.values[index] = .directory(SimulatedDirectory())  // keeps the bytes uniquely owned
        let result = body(&file)
        usedBytes += file.bytes.count - oldSize
        nodes.values[index] = .file(file)
        return result
    }

    // MARK: Crash

    /// What is found after a power loss.
    func afterCrash(using random: inout SeededGenerator) -> SimulatedTree {
        var result = SimulatedTree()
        result.nextNode = nextNode
        result.nodes = [:]
        for node in nodes.keys.sorted() {
            switch nodes[node] {
            case .file(let file)?: result.nodes[node] = .file(file.afterCrash(using: &random))
            case .directory(let directory)?: result.nodes[node] = .directory(directory.afterCrash(using: &random))
            case nil: continue
            }
        }
        result.dropUnnamed()
        return result
    }

    private mutating func dropUnnamed() {
        var kept: [Int: SimulatedNode] = [:]
        var waiting = [0]
        usedBytes = 0
        while let node = waiting.popLast() {
            kept[node] = nodes[node]
            if case .directory(let directory)? = nodes[node] { waiting += directory.names.values }
            if let file = file(node) { usedBytes += file.bytes.count }
        }
        nodes = kept
    }

    static func components(of path: String) -> [String] {
        path.split(separator: "/").map(String.init)
    }

    static func split(_ path: String) -> (parent: String, name: String) {
        var parts = components(of: path)
        let name = parts.popLast() ?? ""
        return (parts.map { "/" + $0 }.joined(), name)
    }
}
