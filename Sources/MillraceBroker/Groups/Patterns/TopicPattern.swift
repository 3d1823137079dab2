/// A regular expression over topic names, as consumers of KIP-848 subscribe with (`SubscribedTopicRegex`). Pure. Kafka
/// uses RE2/J; this is the same syntax over ASCII, which is all that topic names are made of.
///
/// Matching takes time in proportion to the length of the program times that of the name, whatever the pattern: all
/// threads of the automaton go through the name together, and none goes through a state twice. The length of a program
/// and the work over many names are bounded, so a hostile pattern costs an error, not the shard.
///
/// Understood: literals, `.`, classes with ranges and `[:posix:]`, `\d \w \s \D \W \S`, `\pL \p{Lu}` and the like for
/// ASCII, `\Q…\E`, `\x41`, groups with and without names, alternatives, `* + ? {n} {n,} {n,m}` greedy or not, flags
/// `(?imsU)`, anchors `^ $ \A \z \b \B`. As in RE2 there are no back references and no look-around.
package struct TopicPattern: Hashable, Sendable {
    /// What is wrong with a pattern, for people.
    package struct Malformed: Error, Hashable, Sendable {
        package let message: String
    }

    /// Most characters of a pattern.
    static let lengthMax = 1_000
    /// Most instructions of a program, counted subexpressions unrolled.
    static let instructionsMax = 2_000
    /// Most repetitions that `{n,m}` may ask for, as in RE2.
    static let repetitionsMax = 1_000
    /// How deep groups may lie in each other.
    static let depthMax = 100

    enum Instruction: Hashable, Sendable {
        case bytes(ByteSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }

    enum Assertion: Hashable, Sendable {
        case start
        case end
        case wordBoundary
        case notWordBoundary
    }

    private let program: [Instruction]

    package init(_ pattern: String) throws(Malformed) {
        guard pattern.unicodeScalars.count <= Self.lengthMax else {
            throw Malformed(message: "a regular expression has at most \(Self.lengthMax) characters")
        }
        var parser = PatternParser(pattern)
        let node = try parser.parse()
        var compiler = PatternCompiler()
        program = try compiler.compile(node)
    }

    /// Whether the whole name matches.
    package func matches(_ name: String) -> Bool {
        var steps = Int.max
        return matches(name, steps: &steps) ?? false
    }

    /// The names that match as a whole; nil where that takes more than `steps` steps of the automaton.
    package func matching(_ names: some Sequence<String>, steps: Int) -> Set<String>? {
        var left = steps
        var result: Set<String> = []
        for name in names {
            guard let matches = matches(name, steps: &left) else { return nil }
            if matches { result.insert(name) }
        }
        return result
    }

    private func matches(_ name: String, steps: inout Int) -> Bool? {
        let bytes = Array(name.utf8)
        var threads = Threads(programLength: program.count)
        threads.add(0, at: 0, in: bytes, program)
        for position in bytes.indices {
            steps -= threads.takeWork()
            guard steps >= 0 else { return nil }
            let before = threads.states
            if before.isEmpty { return false }
            threads.clear()
            for state in before {
                if case .bytes(let set) = program[state], set.contains(bytes[position]) {
                    threads.add(state + 1, at: position + 1, in: bytes, program)
                }
            }
        }
        return threads.states.contains { program[$0] == .match }
    }

    /// The states that the automaton is in, each once, without those that only lead on.
    private struct Threads {
        private(set) var states: [Int] = []
        private var seen: [UInt32]
        private var round: UInt32 = 1
        private var stack: [Int] = []
        /// States looked at, those that only lead on included.
        private var work = 1

        /// What has been done since the last call.
        mutating func takeWork() -> Int {
            defer { work = states.count + 1 }
            return work
        }

        init(programLength: Int) { seen = Array(repeating: 0, count: programLength) }

        mutating func clear() {
            states.removeAll(keepingCapacity: true)
            round += 1
        }

        mutating func add(_ state: Int, at position: Int, in bytes: [UInt8], _ program: [Instruction]) {
            stack.append(state)
            while let state = stack.popLast() {
                work += 1
                guard seen[state] != round else { continue }
                seen[state] = round
                switch program[state] {
                case .bytes, .match: states.append(state)
                case .jump(let target): stack.append(target)
                case .split(let first, let second):
                    stack.append(second)
                    stack.append(first)
                case .assert(let assertion):
                    if assertion.holds(at: position, in: bytes) { stack.append(state + 1) }
                }
            }
        }
    }
}

extension TopicPattern.Assertion {
    func holds(at position: Int, in bytes: [UInt8]) -> Bool {
        func isWord(_ place: Int) -> Bool { bytes.indices.contains(place) && ByteSet.word.contains(bytes[place]) }
        return switch self {
        case .start: position == 0
        case .end: position == bytes.count
        case .wordBoundary: isWord(position - 1) != isWord(position)
        case .notWordBoundary: isWord(position - 1) == isWord(position)
        }
    }
}
