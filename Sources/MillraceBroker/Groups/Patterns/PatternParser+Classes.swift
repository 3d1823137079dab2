/// Escapes and classes in brackets. Pure.
extension PatternParser {
    mutating func escape() throws(TopicPattern.Malformed) -> PatternNode {
        if take("\\A") { return .assert(.start) }
        if take("\\z") { return .assert(.end) }
        if take("\\b") { return .assert(.wordBoundary) }
        if take("\\B") { return .assert(.notWordBoundary) }
        if let set = try classEscape() { return .bytes(cased(set)) }
        return literal(try scalarEscape())
    }

    /// `\d` and its like; nil where the escape is a single character.
    private mutating func classEscape() throws(TopicPattern.Malformed) -> ByteSet? {
        if take("\\d") { return .digits }
        if take("\\D") { return ByteSet.digits.inverted }
        if take("\\w") { return .word }
        if take("\\W") { return ByteSet.word.inverted }
        if take("\\s") { return .space }
        if take("\\S") { return ByteSet.space.inverted }
        var isNegated = take("\\P")
        guard isNegated || take("\\p") else { return nil }
        var name = ""
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take("}") else { throw malformed("a '}' is missing") }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard let set = ByteSet.unicode(name) else { throw malformed("the class \\p{\(name)} is not known") }
        return isNegated ? set.inverted : set
    }

    private mutating func scalarEscape() throws(TopicPattern.Malformed) -> Unicode.Scalar {
        position += 1
        guard let scalar = next else { throw malformed("there is nothing behind the last '\\'") }
        position += 1
        switch scalar {
        case "a": return "\u{7}"
        case "f": return "\u{c}"
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "v": return "\u{b}"
        case "x": return try hexadecimal()
        default: break
        }
        // RE2 takes a backslash before any punctuation, and no other letter or digit.
        guard scalar.isASCII, !ByteSet.word.contains(UInt8(scalar.value)) || scalar == "_" else {
            throw malformed("'\\\(scalar)' is not understood")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(TopicPattern.Malformed) -> Unicode.Scalar {
        var digits = ""
        let isBraced = take("{")
        while let scalar = next, scalar.properties.isASCIIHexDigit, isBraced ? digits.count < 6 : digits.count < 2 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard isBraced ? take("}") && !digits.isEmpty : digits.count == 2,
            let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
        else { throw malformed("'\\x' is followed by no character's number") }
        return scalar
    }

    /// From `[` to the `]` that belongs to it.
    mutating func characterClass() throws(TopicPattern.Malformed) -> ByteSet {
        position += 1
        let isNegated = take("^")
        var set = ByteSet()
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            guard next != nil else { throw malformed("a ']' is missing") }
            if let named = try posixClass() {
                set.formUnion(named)
                continue
            }
            if next == "\\", let escaped = try classEscape() {
                set.formUnion(escaped)
                continue
            }
            let low = try classScalar()
            var high = low
            if next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                position += 1
                high = try classScalar()
                guard low <= high else { throw malformed("a range in a class is backwards") }
            }
            if low.isASCII { set.insert(UInt8(low.value)...UInt8(min(high.value, 0x7f))) }
        }
        position += 1
        // The case is folded first: `(?i)[^a]` has neither letter in it.
        return isNegated ? cased(set).inverted : set
    }

    private mutating func classScalar() throws(TopicPattern.Malformed) -> Unicode.Scalar {
        guard let scalar = next else { throw malformed("a ']' is missing") }
        if scalar == "\\" { return try scalarEscape() }
        position += 1
        return scalar
    }

    private mutating func posixClass() throws(TopicPattern.Malformed) -> ByteSet? {
        guard take("[:") else { return nil }
        let isNegated = take("^")
        var name = ""
        while let scalar = next, scalar != ":" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take(":]"), let set = ByteSet.posix(name) else { throw malformed("the class [:\(name):] is not known") }
        return isNegated ? set.inverted : set
    }
}
