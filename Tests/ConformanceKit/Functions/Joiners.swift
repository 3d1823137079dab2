/// (key, left, right) → text or null.
typealias Joiner = @Sendable (String?, String?, String?) -> String?

/// The joiners of FORMAT.md. Pure.
enum Joiners {
    static func named(_ text: String) throws -> Joiner {
        let function = FunctionName(text)
        switch function.name {
        case "concat": return { _, left, right in concatenated(left, right) }
        case "keyed": return { key, left, right in keyed(key, left, right) }
        case "left": return { _, left, _ in left }
        case "right": return { _, _, right in right }
        case "nullIfLeftContains":
            let part = try function.text()
            return { _, left, right in
                if let left, contains(left, part) { return nil }
                return concatenated(left, right)
            }
        case "nullIfRightContains":
            let part = try function.text()
            return { _, left, right in
                if let right, contains(right, part) { return nil }
                return concatenated(left, right)
            }
        case "nullIfEqual":
            return { _, left, right in isSame(left, right) ? nil : concatenated(left, right) }
        default: throw function.unknown("joiner")
        }
    }

    private static func concatenated(_ left: String?, _ right: String?) -> String { text(left) + "|" + text(right) }
    private static func keyed(_ key: String?, _ left: String?, _ right: String?) -> String {
        text(key) + "=" + concatenated(left, right)
    }
    private static func isSame(_ left: String?, _ right: String?) -> Bool { text(left) == text(right) }
}
