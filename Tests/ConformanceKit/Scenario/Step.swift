/// One step of a scenario's topology: an operator and its fields, read by name. Pure.
///
/// The accessors throw `NotYetSupported` for what cannot be understood: a set of vectors newer than this code is
/// reported, never a crash.
public struct Step: Sendable {
    public let op: String
    /// All fields but `op`.
    public let fields: [String: JSONValue]

    public init(op: String, fields: [String: JSONValue]) {
        self.op = op
        self.fields = fields
    }
}

/// Why a scenario cannot be run yet.
public struct NotYetSupported: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Step {
    /// What other steps call this one.
    var id: String {
        get throws { try string("id") }
    }

    func has(_ field: String) -> Bool { fields[field] != nil }

    func string(_ field: String) throws -> String {
        guard case .string(let text)? = fields[field] else { throw missing(field, "text") }
        return text
    }

    func optionalString(_ field: String) throws -> String? {
        has(field) ? try string(field) : nil
    }

    /// Text, or null, which is nil; the field must be there.
    func nullableString(_ field: String) throws -> String? {
        fields[field] == .null ? nil : try string(field)
    }

    func integer(_ field: String) throws -> Int64 {
        guard case .integer(let integer)? = fields[field] else { throw missing(field, "an integer") }
        return integer
    }

    func optionalInteger(_ field: String) throws -> Int64? {
        has(field) ? try integer(field) : nil
    }

    func strings(_ field: String) throws -> [String] {
        guard case .array(let items)? = fields[field] else { throw missing(field, "a list") }
        return try items.map { item in
            guard case .string(let text) = item else { throw missing(field, "a list of texts") }
            return text
        }
    }

    /// A list of objects, each read like a step.
    func objects(_ field: String) throws -> [Step] {
        guard case .array(let items)? = fields[field] else { throw missing(field, "a list") }
        return try items.map { item in
            guard case .object(let fields) = item else { throw missing(field, "a list of objects") }
            return Step(op: "\(op).\(field)", fields: fields)
        }
    }

    private func missing(_ field: String, _ kind: String) -> NotYetSupported {
        let found = fields[field].map { "is \($0)" } ?? "is missing"
        return NotYetSupported("\(op).\(field) \(found), not \(kind)")
    }
}
