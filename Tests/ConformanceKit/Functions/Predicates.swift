/// (key, value) → whether it is so.
typealias Predicate = @Sendable (String?, String?) -> Bool

/// The predicates of FORMAT.md. Pure.
enum Predicates {
    static func named(_ text: String) throws -> Predicate {
        let function = FunctionName(text)
        switch function.name {
        case "true": return { _, _ in true }
        case "false": return { _, _ in false }
        case "valueContains":
            let part = try function.text()
            return { _, value in value.map { contains($0, part) } ?? false }
        case "keyContains":
            let part = try function.text()
            return { key, _ in key.map { contains($0, part) } ?? false }
        case "valueNotNull": return { _, value in value != nil }
        case "keyNotNull": return { key, _ in key != nil }
        case "valueLonger":
            let length = try function.number()
            return { _, value in value.map { Int64($0.utf16.count) > length } ?? false }
        case "valueIntOver":
            let limit = try function.number()
            return { _, value in integer(value).map { $0 > limit } ?? false }
        case "valueEven": return { _, value in integer(value).map { $0.isMultiple(of: 2) } ?? false }
        default: throw function.unknown("predicate")
        }
    }
}
