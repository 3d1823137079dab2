/// Reads the syntax of RE2 into a tree. Pure; by recursive descent, whose depth is bounded. What it refuses, it names.
struct PatternParser {
    var scalars: [Unicode.Scalar]
    var position = 0
    private var depth = 0
    /// `(?i)`: the only flag that makes a difference for topic names, which have one line.
    private var ignoresCase = false

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(TopicPattern.Malformed) -> PatternNode {
        let node = try alternatives()
        guard position == scalars.count else { throw malformed("there is a ')' without its '('") }
        return node
    }

    func malformed(_ reason: String) -> TopicPattern.Malformed {
        TopicPattern.Malformed(message: "\(reason) (character \(position + 1))")
    }

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars.count - position >= wanted.count,
            scalars[position..<(position + wanted.count)].elementsEqual(wanted)
        else { return false }
        position += wanted.count
        return true
    }

    // MARK: Structure

    private mutating func alternatives() throws(TopicPattern.Malformed) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= TopicPattern.depthMax else { throw malformed("groups lie too deep in each other") }
        // A flag that is set inside a group ends with it.
        let outerCase = ignoresCase
        defer { ignoresCase = outerCase }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(TopicPattern.Malformed) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if take("\\Q") {
                while position < scalars.count, !take("\\E") {
                    parts.append(literal(scalars[position]))
                    position += 1
                }
                continue
            }
            if take("\\E") { continue }
            guard let atom = try atom() else { continue }
            parts.append(try repetition(of: atom))
        }
        return parts.isEmpty ? .nothing : .sequence(parts)
    }

    /// Nil for what sets flags and matches nothing.
    private mutating func atom() throws(TopicPattern.Malformed) -> PatternNode? {
        guard let scalar = next else { return nil }
        switch scalar {
        case "(": return try group()
        case "[": return .bytes(cased(try characterClass()))
        case "*", "+", "?": throw malformed("'\(scalar)' has nothing to repeat")
        case "\\": return try escape()
        default: break
        }
        position += 1
        return switch scalar {
        case ".": .bytes(.any)
        case "^": .assert(.start)
        case "$": .assert(.end)
        default: literal(scalar)
        }
    }

    private mutating func group() throws(TopicPattern.Malformed) -> PatternNode? {
        position += 1
        if take("?P<") || take("?<") {
            // A look-behind would go on with '=' or '!', which no name begins with.
            var name = ""
            while let scalar = next, scalar != ">" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take(">"), !name.isEmpty, name.utf8.allSatisfy({ ByteSet.word.contains($0) }) else {
                throw malformed("a group's name is not as it should be")
            }
        } else if take("?") {
            guard try flags() else { return nil }
        }
        let node = try alternativesOfGroup()
        guard take(")") else { throw malformed("a ')' is missing") }
        return node
    }

    private var groupCase: Bool?

    private mutating func alternativesOfGroup() throws(TopicPattern.Malformed) -> PatternNode {
        guard let inner = groupCase else { return try alternatives() }
        groupCase = nil
        let outerCase = ignoresCase
        defer { ignoresCase = outerCase }
        ignoresCase = inner
        return try alternatives()
    }

    /// `(?i)` sets flags for the rest of the group, `(?i:…)` for this one.
    ///
    /// - Returns: whether a group follows.
    private mutating func flags() throws(TopicPattern.Malformed) -> Bool {
        var isOn = true
        var newCase = ignoresCase
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": newCase = isOn
            case "m", "s", "U": break
            case "-" where isOn: isOn = false
            case ":":
                groupCase = newCase
                return true
            case ")":
                ignoresCase = newCase
                return false
            default: throw malformed("'(?\(scalar)' is not understood: there is no look-around here")
            }
        }
        throw malformed("a ')' is missing")
    }

    // MARK: Repetition

    private mutating func repetition(of atom: PatternNode) throws(TopicPattern.Malformed) -> PatternNode {
        guard let (min, max) = try quantifier() else { return atom }
        _ = take("?")
        if try quantifier() != nil { throw malformed("a repetition cannot be repeated without a group") }
        return .repeated(atom, min: min, max: max)
    }

    private mutating func quantifier() throws(TopicPattern.Malformed) -> (min: Int, max: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard next == "{" else { return nil }
        let start = position
        position += 1
        // What does not look like a count is text.
        guard let min = number() else {
            position = start
            return nil
        }
        var max: Int? = min
        if take(",") { max = number() }
        guard take("}") else {
            position = start
            return nil
        }
        guard min <= TopicPattern.repetitionsMax, max ?? min <= TopicPattern.repetitionsMax, max ?? min >= min else {
            throw malformed("a repetition count is not between 0 and \(TopicPattern.repetitionsMax)")
        }
        return (min, max)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = Swift.min((value ?? 0) * 10 + Int(scalar.value - 48), 1_000_000)
            position += 1
        }
        return value
    }

    // MARK: Characters

    func cased(_ set: ByteSet) -> ByteSet { ignoresCase ? set.caseless : set }

    /// Its bytes in UTF-8. No topic name has any but ASCII, so others never match.
    func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        let bytes = Array(String(Character(scalar)).utf8)
        let parts = bytes.map { PatternNode.bytes(cased(ByteSet($0...$0))) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }
}
