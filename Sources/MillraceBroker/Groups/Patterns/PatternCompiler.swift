/// What a pattern says, as a tree.
indirect enum PatternNode: Hashable, Sendable {
    case nothing
    case bytes(ByteSet)
    case assert(TopicPattern.Assertion)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `max` nil: any number of times.
    case repeated(PatternNode, min: Int, max: Int?)
}

/// Turns the tree into the program of an automaton (Thompson's construction). Pure.
struct PatternCompiler {
    private var program: [TopicPattern.Instruction] = []
    private var nodes = 0

    mutating func compile(_ node: PatternNode) throws(TopicPattern.Malformed) -> [TopicPattern.Instruction] {
        try emit(node)
        try append(.match)
        return program
    }

    private mutating func append(_ instruction: TopicPattern.Instruction) throws(TopicPattern.Malformed) {
        program.append(instruction)
        guard program.count <= TopicPattern.instructionsMax else { throw tooLarge }
    }

    private var tooLarge: TopicPattern.Malformed {
        TopicPattern.Malformed(message: "the regular expression is too large once its repetitions are written out")
    }

    private mutating func emit(_ node: PatternNode) throws(TopicPattern.Malformed) {
        // Repetitions of nothing make no instructions, but take time.
        nodes += 1
        guard nodes <= 10 * TopicPattern.instructionsMax else { throw tooLarge }
        switch node {
        case .nothing: break
        case .bytes(let set): try append(.bytes(set))
        case .assert(let assertion): try append(.assert(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let parts): try emit(alternatives: parts)
        case .repeated(let part, let min, let max): try emit(part, min: min, max: max)
        }
    }

    private mutating func emit(alternatives parts: [PatternNode]) throws(TopicPattern.Malformed) {
        var jumps: [Int] = []
        for (place, part) in parts.enumerated() {
            guard place < parts.count - 1 else {
                try emit(part)
                break
            }
            let split = program.count
            try append(.jump(0))
            try emit(part)
            jumps.append(program.count)
            try append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emit(_ part: PatternNode, min: Int, max: Int?) throws(TopicPattern.Malformed) {
        for _ in 0..<min { try emit(part) }
        guard let max else {
            let split = program.count
            try append(.jump(0))
            try emit(part)
            try append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in min..<Swift.max(min, max) {
            splits.append(program.count)
            try append(.jump(0))
            try emit(part)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
