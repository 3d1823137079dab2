/// (key, value) → text or null.
typealias StringFunction = @Sendable (String?, String?) throws -> String?

/// What `throwIfContains` throws.
struct ScenarioFailure: Error, Hashable { let value: String }

/// The string functions of FORMAT.md. Pure.
enum StringFunctions {
    static func named(_ text: String) throws -> StringFunction {
        let function = FunctionName(text)
        if let found = try withoutArgument(function) ?? withArgument(function) { return found }
        throw function.unknown("string function")
    }

    private static func withoutArgument(_ function: FunctionName) -> StringFunction? {
        switch function.name {
        case "value": { _, value in value }
        case "key": { key, _ in key }
        case "null": { _, _ in nil }
        case "upper": { _, value in value?.uppercased() }
        case "prefixKey": { key, value in text(key) + ":" + text(value) }
        case "firstChar": { _, value in value?.first.map { String($0) } }
        case "lastChar": { _, value in value?.last.map { String($0) } }
        case "keyFirstChar": { key, _ in key?.first.map { String($0) } }
        case "length": { _, value in value.map { "\($0.utf16.count)" } ?? "-1" }
        case "parity": { _, value in integer(value).map { $0.isMultiple(of: 2) ? "even" : "odd" } ?? "nan" }
        default: nil
        }
    }

    private static func withArgument(_ function: FunctionName) throws -> StringFunction? {
        switch function.name {
        case "const":
            let constant = try function.text()
            return { _, _ in constant }
        case "append":
            let tail = try function.text()
            return { _, value in text(value) + tail }
        case "appendKey":
            let tail = try function.text()
            return { key, _ in text(key) + tail }
        case "nullIfContains":
            let part = try function.text()
            return { _, value in value.flatMap { contains($0, part) ? nil : $0 } }
        case "keyUnlessValueContains":
            let part = try function.text()
            return { key, value in value.map { contains($0, part) } ?? false ? nil : key }
        case "field":
            let index = try function.index()
            return { _, value in field(index, of: value) }
        case "throwIfContains":
            let part = try function.text()
            return { _, value in
                if let value, contains(value, part) { throw ScenarioFailure(value: value) }
                return value
            }
        default: return nil
        }
    }
}

/// (key, value) → items.
typealias ListFunction = @Sendable (String?, String?) -> [String?]

/// The list functions of FORMAT.md. Pure.
enum ListFunctions {
    static func named(_ text: String) throws -> ListFunction {
        let function = FunctionName(text)
        switch function.name {
        case "none": return { _, _ in [] }
        case "dup": return { _, value in [value, value] }
        case "words": return { _, value in value.map { $0.split(separator: ",").map { String($0) } } ?? [] }
        case "chars": return { _, value in value.map { $0.map { String($0) } } ?? [] }
        case "keyAndValue": return { key, value in [key, value] }
        default: throw function.unknown("list function")
        }
    }
}
