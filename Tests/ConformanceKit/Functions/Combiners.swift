/// (a, b) → text or null; as a reducer a is the aggregate and b the value.
typealias Combiner = @Sendable (String?, String?) -> String?

/// The combiners of FORMAT.md. Pure.
enum Combiners {
    static func named(_ text: String) throws -> Combiner {
        let function = FunctionName(text)
        guard let combiner = try optional(function) else { throw function.unknown("combiner") }
        return combiner
    }

    static func optional(_ function: FunctionName) throws -> Combiner? {
        switch function.name {
        case "concat": return { text($0) + "+" + text($1) }
        case "minus": return { text($0) + "-" + text($1) }
        case "join": return { text($0) + "&" + text($1) }
        case "sum": return { "\(integerOrZero($0) &+ integerOrZero($1))" }
        case "diff": return { "\(integerOrZero($0) &- integerOrZero($1))" }
        case "max": return { isBefore(text($0), text($1)) ? $1 : $0 }
        case "min": return { isBefore(text($1), text($0)) ? $1 : $0 }
        case "first": return { a, _ in a }
        case "last": return { _, b in b }
        case "nullOn":
            let part = try function.text()
            return { a, b in
                if let b, contains(b, part) { return nil }
                return text(a) + "+" + text(b)
            }
        case "sumNullOn0": return { nilIfZero(integerOrZero($0) &+ integerOrZero($1)) }
        case "diffNullOn0": return { nilIfZero(integerOrZero($0) &- integerOrZero($1)) }
        default: return nil
        }
    }

    /// In the order of the bytes.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func nilIfZero(_ number: Int64) -> String? { number == 0 ? nil : "\(number)" }
}

/// (key, value, aggregate) → text or null.
typealias Aggregator = @Sendable (String?, String?, String?) -> String?

/// The aggregators of FORMAT.md: combiners of (aggregate, value), and a few of their own. Pure.
enum Aggregators {
    static func named(_ text: String) throws -> Aggregator {
        let function = FunctionName(text)
        switch function.name {
        case "keyConcat": return { key, value, aggregate in joined(key, value, aggregate) }
        case "countUp": return { _, _, aggregate in "\(integerOrZero(aggregate) &+ 1)" }
        case "countDown": return { _, _, aggregate in "\(integerOrZero(aggregate) &- 1)" }
        default:
            guard let combiner = try Combiners.optional(function) else { throw function.unknown("aggregator") }
            return { _, value, aggregate in combiner(aggregate, value) }
        }
    }

    private static func joined(_ key: String?, _ value: String?, _ aggregate: String?) -> String {
        text(aggregate) + "+" + text(key) + ":" + text(value)
    }
}
