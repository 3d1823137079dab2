// How the lines of a conformance file become scenarios. Pure. Fields that are not known are ignored at the top level
// and in records; those of steps are all kept, and judged by the compiler.

extension Scenario: Decodable {
    private enum Field: String, CodingKey {
        case name, category, guarantees, config, compare, topics, steps, inputs, outputs, stores, droppedRecords, error
    }

    public init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: Field.self)
        name = try line.decode(String.self, forKey: .name)
        category = try line.decode(String.self, forKey: .category)
        guarantees = try line.decodeIfPresent(String.self, forKey: .guarantees)
        configuration = try line.decodeIfPresent([String: JSONValue].self, forKey: .config) ?? [:]
        let level = try line.decodeIfPresent(String.self, forKey: .compare) ?? ComparisonLevel.exact.rawValue
        guard let comparison = ComparisonLevel(rawValue: level) else {
            throw DecodingError.dataCorruptedError(
                forKey: .compare, in: line, debugDescription: "no comparison is called \(level)")
        }
        self.comparison = comparison
        topics = try line.decode([TopicDeclaration].self, forKey: .topics)
        steps = try line.decode([Step].self, forKey: .steps)
        inputs = try line.decode([Input].self, forKey: .inputs)
        expected = Expected(
            outputs: try line.decodeIfPresent([OutputRecord].self, forKey: .outputs) ?? [],
            stores: try line.decodeIfPresent([String: [StoreRow]].self, forKey: .stores),
            droppedRecords: try line.decodeIfPresent(Int.self, forKey: .droppedRecords),
            error: try line.decodeIfPresent(ExpectedError.self, forKey: .error))
    }
}

extension TopicDeclaration: Decodable {
    private enum Field: String, CodingKey { case name, partitions }

    public init(from decoder: any Decoder) throws {
        let topic = try decoder.container(keyedBy: Field.self)
        name = try topic.decode(String.self, forKey: .name)
        partitions = try topic.decodeIfPresent(Int32.self, forKey: .partitions) ?? 1
    }
}

extension Step: Decodable {
    public init(from decoder: any Decoder) throws {
        guard case .object(var fields) = try JSONValue(from: decoder) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a step is an object"))
        }
        guard case .string(let op)? = fields.removeValue(forKey: "op") else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a step has an op"))
        }
        self.init(op: op, fields: fields)
    }
}

extension Input: Decodable {
    private enum Field: String, CodingKey, CaseIterable {
        case topic, key, value, keyHex, valueHex, timestamp, headers, advanceWallClockMs
    }

    public init(from decoder: any Decoder) throws {
        let input = try decoder.container(keyedBy: Field.self)
        if let milliseconds = try input.decodeIfPresent(Int64.self, forKey: .advanceWallClockMs) {
            self = .advanceWallClock(milliseconds: milliseconds)
        } else if let topic = try input.decodeIfPresent(String.self, forKey: .topic) {
            self = .record(
                InputRecord(
                    topic: topic,
                    key: try Input.bytes(in: input, text: .key, hex: .keyHex),
                    value: try Input.bytes(in: input, text: .value, hex: .valueHex),
                    timestamp: try input.decode(Int64.self, forKey: .timestamp),
                    headers: try input.decodeIfPresent([TextHeader].self, forKey: .headers) ?? []))
        } else {
            self = .unknown("\(try JSONValue(from: decoder))")
        }
    }

    private static func bytes(
        in input: KeyedDecodingContainer<Field>, text: Field, hex: Field
    ) throws -> [UInt8]? {
        guard let digits = try input.decodeIfPresent(String.self, forKey: hex) else {
            return try input.decodeIfPresent(String.self, forKey: text).map { Array($0.utf8) }
        }
        guard let bytes = [UInt8](hex: digits) else {
            throw DecodingError.dataCorruptedError(forKey: hex, in: input, debugDescription: "\(digits) is not hex")
        }
        return bytes
    }
}

extension [UInt8] {
    /// The bytes that pairs of hex digits stand for; nil where they do not.
    init?(hex digits: String) {
        let nibbles = digits.map(\.hexDigitValue)
        guard nibbles.count.isMultiple(of: 2) else { return nil }
        self = []
        for index in stride(from: 0, to: nibbles.count, by: 2) {
            guard let high = nibbles[index], let low = nibbles[index + 1] else { return nil }
            append(UInt8(high << 4 | low))
        }
    }
}

extension TextHeader: Decodable {
    public init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        self.init(try pair.decode(String.self), try pair.decode(String.self))
    }
}

extension OutputRecord: Decodable {
    private enum Field: String, CodingKey { case topic, key, value, timestamp, headers, afterInput }

    public init(from decoder: any Decoder) throws {
        let output = try decoder.container(keyedBy: Field.self)
        self.init(
            topic: try output.decode(String.self, forKey: .topic),
            key: try output.decodeIfPresent(String.self, forKey: .key),
            value: try output.decodeIfPresent(String.self, forKey: .value),
            timestamp: try output.decodeIfPresent(Int64.self, forKey: .timestamp),
            headers: try output.decodeIfPresent([TextHeader].self, forKey: .headers) ?? [],
            afterInput: try output.decode(Int.self, forKey: .afterInput))
    }
}

extension StoreRow: Decodable {
    private enum Field: String, CodingKey { case key, value, timestamp }

    public init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Field.self)
        self.init(
            key: try row.decode(String.self, forKey: .key),
            value: try row.decode(String.self, forKey: .value),
            timestamp: try row.decodeIfPresent(Int64.self, forKey: .timestamp))
    }
}

extension ExpectedError: Decodable {
    private enum Field: String, CodingKey { case atBuild, atInput }

    public init(from decoder: any Decoder) throws {
        let error = try decoder.container(keyedBy: Field.self)
        if let index = try error.decodeIfPresent(Int.self, forKey: .atInput) {
            self = .atInput(index)
        } else {
            self = .atBuild
        }
    }
}
