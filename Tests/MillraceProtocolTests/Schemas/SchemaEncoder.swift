import MillraceSimulation

/// Writes random messages from a schema alone: it shares nothing with the messages it tests.
struct SchemaEncoder {
    private(set) var bytes: [UInt8] = []
    private let version: Int16
    private let isFlexible: Bool
    private var random: SeededGenerator

    init(version: Int16, isFlexible: Bool, random: SeededGenerator) {
        self.version = version
        self.isFlexible = isFlexible
        self.random = random
    }

    /// The fields in order, then the tagged ones that are not at their defaults.
    mutating func message(_ fields: [FieldSchema]) {
        let present = fields.filter { $0.versions.contains(version) }
        for field in present where !field.tagged.contains(version) { value(field, field.kind) }
        guard isFlexible else { return }
        var tagged: [(tag: UInt32, bytes: [UInt8])] = []
        for field in present where field.tagged.contains(version) && Bool.random(using: &random) {
            var inner = SchemaEncoder(version: version, isFlexible: true, random: random)
            // A field at its default is not written; of those tried, one is not.
            repeat {
                inner.bytes = []
                inner.value(field, field.kind)
            } while inner.bytes == inner.defaultBytes(field)
            random = inner.random
            tagged.append((field.tag ?? 0, inner.bytes))
        }
        varint(UInt64(tagged.count))
        for (tag, content) in tagged.sorted(by: { $0.tag < $1.tag }) {
            varint(UInt64(tag))
            varint(UInt64(content.count))
            bytes += content
        }
    }

    private mutating func value(_ field: FieldSchema, _ kind: FieldSchema.Kind) {
        let isNull = field.nullable.contains(version) && random.once(in: 4)
        switch kind {
        case .structure(let fields):
            if field.nullable.range != nil {
                bytes.append(isNull ? 0xff : 1)
                if isNull { return }
            }
            message(fields)
        case .array(let element):
            guard !isNull else { return length(nil, isShort: false) }
            let count = Int.random(in: 0...3, using: &random)
            length(count, isShort: false)
            for _ in 0..<count { item(element) }
        case .plain(let type):
            plain(type, name: field.name, isNull: isNull)
        }
    }

    private mutating func item(_ kind: FieldSchema.Kind) {
        switch kind {
        case .structure(let fields): message(fields)
        case .plain(let type): plain(type, name: "", isNull: false)
        case .array: preconditionFailure("no schema has arrays of arrays")
        }
    }

    private mutating func plain(_ type: String, name: String, isNull: Bool) {
        switch type {
        case "bool": bytes.append(Bool.random(using: &random) ? 1 : 0)
        case "int8": integer(Int8.self)
        // Codes that Kafka knows: others are read as one of these.
        case "int16" where name.hasSuffix("ErrorCode"): append(Int16.random(in: -1...133, using: &random))
        case "int16": integer(Int16.self)
        case "uint16": integer(UInt16.self)
        case "int32": integer(Int32.self)
        case "uint32": integer(UInt32.self)
        case "int64": integer(Int64.self)
        case "float64": append(Double.random(in: -1e6...1e6, using: &random).bitPattern)
        case "uuid":
            append(random.next())
            append(random.next())
        case "string":
            guard !isNull else { return length(nil, isShort: true) }
            let text = Array(randomText().utf8)
            length(text.count, isShort: true)
            bytes += text
        case "bytes", "records":
            guard !isNull else { return length(nil, isShort: false) }
            let count =
                random.once(in: 6) ? Int.random(in: 100...300, using: &random) : Int.random(in: 0...9, using: &random)
            length(count, isShort: false)
            bytes += (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        default: preconditionFailure("the schema has a type \(type)")
        }
    }

    private mutating func randomText() -> String {
        let count =
            random.once(in: 8) ? Int.random(in: 100...300, using: &random) : Int.random(in: 0...20, using: &random)
        return String((0..<count).map { _ in "abcdefgh-é✓".randomElement(using: &random) ?? "a" })
    }

    /// Untagged fields at their defaults are written; tagged ones must differ. Only what a tagged field can be.
    private func defaultBytes(_ field: FieldSchema) -> [UInt8] {
        var plain = SchemaEncoder(version: version, isFlexible: true, random: random)
        switch field.kind {
        case .array: plain.length(0, isShort: false)
        case .structure(let fields):
            for field in fields { plain.bytes += plain.defaultBytes(field) }
            plain.bytes.append(0)
        case .plain("string"):
            plain.length(field.defaultText == "null" ? nil : field.defaultText?.utf8.count ?? 0, isShort: true)
        case .plain("bool"): plain.bytes.append(0)
        case .plain("uuid"): plain.bytes += [UInt8](repeating: 0, count: 16)
        case .plain("int16"): plain.append(Int16(field.defaultText ?? "0") ?? 0)
        case .plain("int32"): plain.append(Int32(field.defaultText ?? "0") ?? 0)
        case .plain("int64"): plain.append(Int64(field.defaultText ?? "0") ?? 0)
        case .plain(let type): preconditionFailure("\(field.name): no tagged field was of type \(type)")
        }
        return plain.bytes
    }

    private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) {
        append(random.once(in: 3) ? Integer(truncatingIfNeeded: -1) : Integer.random(in: .min ... .max, using: &random))
    }

    private mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        for shift in stride(from: Integer.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Integer(shift)))
        }
    }

    private mutating func length(_ length: Int?, isShort: Bool) {
        if isFlexible {
            varint(UInt64((length ?? -1) + 1))
        } else if isShort {
            append(Int16(length ?? -1))
        } else {
            append(Int32(length ?? -1))
        }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
