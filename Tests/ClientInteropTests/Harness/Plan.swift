/// Records to send, and how they must come back. Pure.
struct PlannedRecord: Sendable {
    var codec = "none"
    var partition = 0
    /// Nil: the time of sending.
    var timestamp: Int?
    var key: String = "-"
    var value: String = "-"
    var headers: String = ""

    var line: String { "\(codec)\t\(partition)\t\(timestamp.map(String.init) ?? "-")\t\(key)\t\(value)\t\(headers)" }

    /// 0 where it is the time of sending.
    var time: Int { timestamp ?? 0 }

    /// Whether a client has read just this record.
    func matches(_ record: SeenRecord) -> Bool {
        partition == record.partition && key == record.key && value == record.value && headers == record.headers
            && (timestamp ?? record.timestamp) == record.timestamp
    }
}

extension [PlannedRecord] {
    var text: String { map { $0.line + "\n" }.joined() }
}

enum Plans {
    static let codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    private static let start = 1_750_000_000_000

    /// Text to look at: what each record of it is, is said where it is made.
    static func every(codec: String, partition: Int) -> [PlannedRecord] {
        var noise = UInt64(partition + 1)
        let random = (0..<5_000).map { _ in
            noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: noise >> 33)
        }
        let shapes: [(key: String, value: String, headers: String)] = [
            (text("key"), text("value"), "kind=\(text("plain"))"),
            ("-", text("null key"), ""),
            (text("null value"), "-", ""),
            (text(""), text(""), ""),
            (text("headers"), text("v"), "a=\(text("1")),b=-,a=\(text("2")),empty=\(text(""))"),
            (text("ключ"), text("значение ☃"), "язык=\(text("русский"))"),
            (text("long"), text(String(repeating: "the same words again, ", count: 1_000)), ""),
            (text("noise"), Bytes.write(random), ""),
        ]
        let many = (0..<40).map { (key: text("k\($0)"), value: text("value number \($0)"), headers: "") }
        return (shapes + many).enumerated().map { index, shape in
            PlannedRecord(
                codec: codec, partition: partition, timestamp: start + index * 1000, key: shape.key,
                value: shape.value, headers: shape.headers)
        }
    }

    /// What kcat can send: no time, no null beside empty, headers of plain text.
    static func plain(codec: String, partition: Int) -> [PlannedRecord] {
        [
            PlannedRecord(codec: codec, partition: partition, key: text("key"), value: text("value")),
            PlannedRecord(
                codec: codec, partition: partition, key: text("headers"), value: text("v"), headers: "a=\(text("1"))"),
            PlannedRecord(codec: codec, partition: partition, value: text("null key")),
            PlannedRecord(codec: codec, partition: partition, key: text("null value")),
            PlannedRecord(
                codec: codec, partition: partition, key: text("long"),
                value: text(String(repeating: "the same words again, ", count: 1_000))),
        ]
    }

    /// Numbered records, one a second, round and round the partitions.
    static func numbered(_ count: Int, partitions: Int = 1, name: String = "number") -> [PlannedRecord] {
        (0..<count).map { number in
            PlannedRecord(
                partition: number % partitions, timestamp: start + number * 1000, key: text("k\(number)"),
                value: text("\(name)-\(number)"))
        }
    }

    /// When the numbered record was.
    static func time(of number: Int) -> Int { start + number * 1000 }

    private static func text(_ text: String) -> String { Bytes.write(text.utf8) }
}
