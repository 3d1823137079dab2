/// A function's name and argument as scenarios write them: `name` or `name:argument`, where the argument is all after
/// the first colon (FORMAT.md, "Functions"). Pure.
struct FunctionName: Hashable, Sendable {
    let name: String
    let argument: String?

    init(_ text: String) {
        if let colon = text.firstIndex(of: ":") {
            name = String(text[..<colon])
            argument = String(text[text.index(after: colon)...])
        } else {
            name = text
            argument = nil
        }
    }

    /// The argument, which must be there.
    func text() throws -> String {
        guard let argument else { throw NotYetSupported("\(name) without an argument") }
        return argument
    }

    /// The argument as a number.
    func number() throws -> Int64 {
        guard let number = Int64(try text()) else { throw NotYetSupported("\(name):\(argument ?? "")") }
        return number
    }

    /// The argument as a position in a list.
    func index() throws -> Int {
        let number = try number()
        guard number >= 0 else { throw NotYetSupported("\(name):\(number)") }
        return Int(number)
    }

    func unknown(_ kind: String) -> NotYetSupported { NotYetSupported("\(kind) \(name)") }
}

/// nn(x): the text `null` for null.
func text(_ value: String?) -> String { value ?? "null" }

/// The value of an optional `-` and digits, at most 18 characters in all; nil for anything else.
func integer(_ value: String?) -> Int64? {
    guard let value, value.utf8.count <= 18 else { return nil }
    let digits = value.utf8.first == UInt8(ascii: "-") ? value.utf8.dropFirst() : value.utf8[...]
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
        return nil
    }
    return Int64(value)
}

/// int0(x): an integer's value, 0 for anything else.
func integerOrZero(_ value: String?) -> Int64 { integer(value) ?? 0 }

/// Whether `text` contains `part`; every text contains the empty one.
func contains(_ text: String, _ part: String) -> Bool { part.isEmpty || text.contains(part) }

/// The part of `value` between the bars, from 0; nil where there is none or it is empty.
func field(_ index: Int, of value: String?) -> String? {
    guard let parts = value?.split(separator: "|", omittingEmptySubsequences: false), index < parts.count,
        !parts[index].isEmpty
    else { return nil }
    return String(parts[index])
}
