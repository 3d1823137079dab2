internal import MillraceCore

/// A template for records, as kcat has it. Pure.
///
///     %t topic   %p partition   %o offset   %k key   %v value   %h headers
///     %T timestamp in milliseconds   %D timestamp as a date   %S bytes of the value   %% a percent sign
struct RecordFormat: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case text([UInt8])
        case topic, partition, offset, key, value, headers, timestamp, date, valueSize
    }
    let parts: [Part]

    static let help = [
        "%t topic   %p partition   %o offset   %k key   %v value   %h headers (name=value,…)",
        "%T timestamp in milliseconds   %D timestamp as a date   %S bytes of the value   %% percent",
        "\\n, \\t and \\0 are line break, tab and zero byte; null is printed as nothing",
    ]

    /// Nil where a `%` stands before something unknown.
    init?(_ template: String) {
        var parts: [Part] = []
        var text = ""
        var isMark = false
        for character in Escapes.resolved(template) {
            guard isMark || character == "%" else {
                text.append(character)
                continue
            }
            guard isMark else {
                isMark = true
                continue
            }
            isMark = false
            if character == "%" {
                text.append("%")
                continue
            }
            guard let part = RecordFormat.part(character) else { return nil }
            if !text.isEmpty { parts.append(.text(Array(text.utf8))) }
            text = ""
            parts.append(part)
        }
        guard !isMark else { return nil }
        if !text.isEmpty { parts.append(.text(Array(text.utf8))) }
        self.parts = parts
    }

    private static func part(_ letter: Character) -> Part? {
        switch letter {
        case "t": .topic
        case "p": .partition
        case "o": .offset
        case "k": .key
        case "v", "s": .value
        case "h": .headers
        case "T": .timestamp
        case "D": .date
        case "S": .valueSize
        default: nil
        }
    }

    func write(_ record: ShownRecord, into writer: inout ByteWriter) {
        for part in parts {
            switch part {
            case .text(let bytes): writer.append(contentsOf: bytes)
            case .topic: writer.append(utf8: record.partition.topic)
            case .partition: writer.append(utf8: "\(record.partition.partition)")
            case .offset: writer.append(utf8: "\(record.offset)")
            case .key: writer.append(contentsOf: record.key ?? [])
            case .value: writer.append(contentsOf: record.value ?? [])
            case .headers: writer.append(utf8: BytesText.shown(record.headers))
            case .timestamp: writer.append(utf8: record.timestamp.map { "\($0.millisecondsSinceEpoch)" } ?? "")
            case .date: writer.append(utf8: record.timestamp.map(DateTimeText.format) ?? "")
            case .valueSize: writer.append(utf8: "\(record.value?.count ?? 0)")
            }
        }
    }
}

/// A record as commands print it.
struct ShownRecord: Hashable, Sendable {
    var partition: TopicPartition
    var offset: Int64
    var timestamp: Timestamp?
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [Header] = []

    var json: JSON {
        [
            "topic": JSON(partition.topic), "partition": JSON(partition.partition), "offset": JSON(offset),
            "timestamp": JSON(timestamp?.millisecondsSinceEpoch), "key": BytesText.json(key),
            "value": BytesText.json(value), "headers": BytesText.json(headers),
        ]
    }
}

extension ValueKind where Value == RecordFormat {
    static let recordFormat = ValueKind("a template such as '%k\\t%v\\n'") { RecordFormat($0) }
}
