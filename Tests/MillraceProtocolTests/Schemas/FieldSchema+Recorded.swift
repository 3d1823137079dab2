/// A schema's fields in the words of `FieldRecorder`.
extension FieldSchema {
    /// What is there in a version: in order, tagged fields last.
    static func recorded(_ fields: [FieldSchema], version: Int16) -> [RecordedField] {
        let present = fields.filter { $0.versions.contains(version) }
        let plain = present.filter { !$0.tagged.contains(version) }
        let tagged = present.filter { $0.tagged.contains(version) }.sorted { ($0.tag ?? 0) < ($1.tag ?? 0) }
        return plain.map { $0.recorded(version: version) } + tagged.map { $0.recorded(version: version) }
    }

    private func recorded(version: Int16) -> RecordedField {
        var field = RecordedField(name: name, type: typeName(kind))
        field.isNullable = nullable.contains(version)
        field.tag = tagged.contains(version) ? tag : nil
        field.fields = inner(kind, version: version)
        field.defaultText = expectedDefault
        return field
    }

    private func typeName(_ kind: Kind) -> String {
        switch kind {
        case .plain(let name): name
        case .structure: "struct"
        case .array(let element): "[]" + typeName(element)
        }
    }

    private func inner(_ kind: Kind, version: Int16) -> [RecordedField] {
        switch kind {
        case .plain: []
        case .structure(let fields): Self.recorded(fields, version: version)
        case .array(let element): inner(element, version: version)
        }
    }

    /// Texts that are nil with us, where Kafka begins with an empty one: a client that is told no text shows one of its
    /// own; a filter that is not set matches all; a producer without a name has no transactions.
    private static let nilInstead: Set<String> = [
        "ErrorMessage", "TransactionalId", "ResourceNameFilter", "PrincipalFilter", "HostFilter",
    ]

    private var expectedDefault: String {
        if defaultText == "null" { return "null" }
        switch kind {
        case .array: return "empty"
        case .structure: return ""
        case .plain("string"):
            return nullable.range != nil && Self.nilInstead.contains(name) ? "null" : "\"\(defaultText ?? "")\""
        case .plain("bytes"): return "empty"
        case .plain("records"): return "null"
        case .plain("uuid"): return "zero"
        case .plain("bool"): return ["true", "True", "1"].contains(defaultText) ? "true" : "false"
        case .plain("float64"): return defaultText ?? "0.0"
        case .plain:
            guard let text = defaultText, !text.isEmpty else { return "0" }
            return text.hasPrefix("0x") ? "\(Int64(text.dropFirst(2), radix: 16) ?? 0)" : text
        }
    }
}
