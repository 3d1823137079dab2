import MillraceProtocol

/// What one field of one version is: for comparing a message with its schema.
struct RecordedField: Equatable, CustomStringConvertible {
    var name: String
    /// `int32`, `struct`, `[]string` …
    var type: String
    var isNullable = false
    var tag: UInt32?
    /// Empty for structures.
    var defaultText = ""
    var fields: [RecordedField] = []

    var description: String {
        "\(name): \(type)\(isNullable ? "?" : "")\(tag.map { " tag \($0)" } ?? "") = \(defaultText)"
            + (fields.isEmpty ? "" : " { \(fields.map(\.description).joined(separator: "; ")) }")
    }
}

/// A direction of the wire that moves nothing: it notes names, types and defaults. Pure.
struct FieldRecorder: WireTransfer {
    let version: Int16
    let isFlexible: Bool
    private(set) var fields: [RecordedField] = []
    private var tag: UInt32?

    init(version: Int16, isFlexible: Bool) {
        self.version = version
        self.isFlexible = isFlexible
    }

    /// The fields of a message in this version, tagged ones last.
    static func fields<Message: WireMessage>(
        of type: Message.Type, version: Int16
    ) throws(WireError) -> [RecordedField] {
        var recorder = FieldRecorder(version: version, isFlexible: Message.isFlexible(version))
        return try recorder.fields(of: Message())
    }

    private mutating func fields<Value: WireStruct>(of value: Value) throws(WireError) -> [RecordedField] {
        var inner = FieldRecorder(version: version, isFlexible: isFlexible)
        var value = value
        try value.transfer(&inner)
        guard isFlexible else { return inner.fields }
        for tag in 0..<UInt32(20) {
            inner.tag = tag
            _ = try value.transferTag(tag, &inner)
        }
        return inner.fields
    }

    private mutating func note(
        _ name: StaticString, _ type: String, nullableSince: Int16? = nil, _ defaultText: String = "",
        _ fields: [RecordedField] = []
    ) {
        let isNullable = nullableSince.map { version >= $0 } ?? false
        self.fields.append(
            RecordedField(
                name: "\(name)", type: type, isNullable: isNullable, tag: tag, defaultText: defaultText, fields: fields)
        )
    }

    private func text(_ value: String) -> String { "\"\(value)\"" }

    mutating func field(_ name: StaticString, _ value: inout Bool) { note(name, "bool", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout Int8) { note(name, "int8", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout Int16) { note(name, "int16", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout UInt16) { note(name, "uint16", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout Int32) { note(name, "int32", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout UInt32) { note(name, "uint32", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout Int64) { note(name, "int64", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout Double) { note(name, "float64", "\(value)") }
    mutating func field(_ name: StaticString, _ value: inout String) { note(name, "string", text(value)) }

    mutating func field(_ name: StaticString, _ value: inout WireUUID) {
        note(name, "uuid", value == .zero ? "zero" : "\(value)")
    }

    mutating func field(_ name: StaticString, _ value: inout [UInt8]) {
        note(name, "bytes", value.isEmpty ? "empty" : "\(value)")
    }

    mutating func field(_ name: StaticString, _ value: inout String?, nullableSince: Int16) {
        note(name, "string", nullableSince: nullableSince, value.map(text) ?? "null")
    }

    mutating func field(_ name: StaticString, _ value: inout [UInt8]?, nullableSince: Int16) {
        note(name, "bytes", nullableSince: nullableSince, value == nil ? "null" : "empty")
    }

    mutating func field(_ name: StaticString, _ value: inout WireRecords) {
        note(name, "records", nullableSince: 0, value == .null ? "null" : "\(value)")
    }

    mutating func classicNullableString(_ name: StaticString, _ value: inout String?) {
        note(name, "string", nullableSince: 0, value.map(text) ?? "null")
    }

    mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value) throws(WireError) {
        note(name, "struct", "", try fields(of: value))
    }

    mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value?) throws(WireError) {
        note(name, "struct", nullableSince: 0, value == nil ? "null" : "", try fields(of: Value()))
    }

    mutating func array<Element: WireStruct>(_ name: StaticString, _ value: inout [Element]) throws(WireError) {
        note(name, "[]struct", value.isEmpty ? "empty" : "some", try fields(of: Element()))
    }

    mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        note(name, "[]struct", nullableSince: nullableSince, value == nil ? "null" : "empty", try fields(of: Element()))
    }

    mutating func array<Element: WireScalar>(_ name: StaticString, _ value: inout [Element]) throws(WireError) {
        note(name, "[]" + (try type(of: Element.self)), value.isEmpty ? "empty" : "some")
    }

    mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        note(name, "[]" + (try type(of: Element.self)), nullableSince: nullableSince, value == nil ? "null" : "empty")
    }

    private func type<Element: WireScalar>(of: Element.Type) throws(WireError) -> String {
        var inner = FieldRecorder(version: version, isFlexible: isFlexible)
        var element = Element.blank
        try element.transfer("", &inner)
        return inner.fields[0].type
    }
}
