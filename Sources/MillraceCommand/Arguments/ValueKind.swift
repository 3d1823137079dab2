/// What the text behind an option or argument may be: how it is read, and what to say where it cannot be. Pure.
struct ValueKind<Value: Sendable>: Sendable {
    /// Continues "needs …": "a whole number from 1 on".
    let expectation: String
    /// What a shell offers at this place.
    let completion: CompletionKind
    /// Nil where the text is no such value.
    let parse: @Sendable (String) -> Value?

    init(_ expectation: String, completion: CompletionKind = .nothing, parse: @escaping @Sendable (String) -> Value?) {
        self.expectation = expectation
        self.completion = completion
        self.parse = parse
    }
}

/// What a shell offers where a value is expected.
enum CompletionKind: Hashable, Sendable {
    case nothing
    case files
    case directories
    case words([String])
}

extension ValueKind where Value == String {
    /// Any text but the empty one.
    static let text = ValueKind("some text") { $0.isEmpty ? nil : $0 }
    /// Any text, also none.
    static let anyText = ValueKind("some text") { $0 }
    static let file = ValueKind("the path of a file", completion: .files) { $0.isEmpty ? nil : $0 }
    static let directory = ValueKind("the path of a directory", completion: .directories) { $0.isEmpty ? nil : $0 }
    /// A topic's name as Kafka allows it.
    static let topic = ValueKind("a topic's name (letters, digits, '.', '_' and '-', at most 249 of them)") {
        isTopicName($0) ? $0 : nil
    }

    static func choice(_ words: String...) -> ValueKind {
        ValueKind("one of " + words.joined(separator: ", "), completion: .words(words)) {
            words.contains($0) ? $0 : nil
        }
    }

    static func isTopicName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 249, text != ".", text != ".." else { return false }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

extension ValueKind where Value: FixedWidthInteger {
    static func number(_ range: ClosedRange<Value>) -> ValueKind {
        let isOpen = range.upperBound == .max
        let expectation =
            isOpen && range.lowerBound == .min
            ? "a whole number"
            : isOpen
                ? "a whole number from \(range.lowerBound) on"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return ValueKind(expectation) { text in Value(text).flatMap { range.contains($0) ? $0 : nil } }
    }
}

extension ValueKind where Value == Int {
    /// `512`, `16k`, `1MB`, `2GiB`: a number of bytes; k, M and G are powers of 1024.
    static let byteCount = ValueKind("a number of bytes, such as 512, 16k or 1M") { text in
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number >= 0 else { return nil }
        let factor: Int
        switch text.dropFirst(digits.count).lowercased() {
        case "", "b": factor = 1
        case "k", "kb", "kib": factor = 1 << 10
        case "m", "mb", "mib": factor = 1 << 20
        case "g", "gb", "gib": factor = 1 << 30
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension ValueKind where Value == Duration {
    /// `500ms`, `30s`, `5m`, `1h`, `7d`, or ISO 8601 as Kafka's tools take it: `PT1H30M`, `P7D`.
    static let duration = ValueKind("a duration, such as 500ms, 30s, 5m, 1h, 7d or PT1H30M") {
        DurationText.parse($0)
    }
}

extension ValueKind where Value == KeyAndValue {
    /// `name=value`; the value may be empty.
    static let property = ValueKind("name=value") { text in
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return nil }
        return KeyAndValue(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}

/// A setting or header as it is given on a command line.
struct KeyAndValue: Hashable, Sendable {
    var name: String
    var value: String
}
