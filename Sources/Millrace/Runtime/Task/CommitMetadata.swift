internal import MillraceCore

/// What goes into the metadata string of a committed offset: the partition's time and, by operator, the time an
/// operator has seen, so that a restart does not re-open closed windows (SEMANTICS A2, A6). Pure.
///
/// Kafka Streams' `TopicPartitionMetadata`, version 2, in base64; version 1 ends after the time:
///
///     at 0  1  version, 2
///        1  8  partition time, -1 for none
///        9  4  entries, then for each: 4 name length, name in UTF-8, 8 time  (all left out where there are none)
///
/// A broker refuses longer strings than `bytesMaximum`, and with them the commit. Where the names make it longer they
/// are written as hashes of themselves, which leaves room for the times of a hundred operators in one task.
struct CommitMetadata: Hashable {
    var partitionTime: Timestamp?
    /// Sorted by name when written.
    var operatorTimes: [String: Timestamp] = [:]

    /// Kafka's `offset.metadata.max.bytes`.
    static let bytesMaximum = 4_096

    func encoded() -> String {
        let text = encoded { $0 }
        return text.utf8.count <= CommitMetadata.bytesMaximum ? text : encoded(CommitMetadata.shortened)
    }

    /// What stands for a long name: `#` and 16 hexadecimal digits.
    static func shortened(_ name: String) -> String {
        if name.utf8.count <= 17 { return name }
        let bytes = Array(name.utf8)
        let digits = String(Murmur3.hash128(bytes.span.bytes).first, radix: 16)
        return "#" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func encoded(_ nameOf: (String) -> String) -> String {
        var writer = ByteWriter(capacity: 64)
        writer.append(UInt8(2))
        writer.append(partitionTime?.millisecondsSinceEpoch ?? -1)
        if !operatorTimes.isEmpty {
            writer.append(Int32(operatorTimes.count))
            for (name, time) in operatorTimes.sorted(by: { $0.key < $1.key }) {
                let written = nameOf(name)
                writer.append(Int32(written.utf8.count))
                writer.append(utf8: written)
                writer.append(time.millisecondsSinceEpoch)
            }
        }
        return Base64.encode(writer.copyBytes())
    }

    init(partitionTime: Timestamp?, operatorTimes: [String: Timestamp] = [:]) {
        self.partitionTime = partitionTime
        self.operatorTimes = operatorTimes
    }

    /// Metadata that cannot be read (another tool wrote it) counts as none: times then begin anew.
    init(decoding text: String) {
        guard let bytes = Base64.decode(text) else { return }
        let span = bytes.span.bytes
        var reader = ByteReader()
        do {
            let version: UInt8 = try reader.read(from: span)
            guard version == 1 || version == 2 else { return }
            let time: Int64 = try reader.read(from: span)
            if time >= 0 { partitionTime = Timestamp(time) }
            guard version == 2, reader.position < bytes.count else { return }
            let count: Int32 = try reader.read(from: span)
            guard count >= 0 else { return }
            var times: [String: Timestamp] = [:]
            for _ in 0..<count {
                let length: Int32 = try reader.read(from: span)
                let name = span.extracting(try reader.readRange(Int(length), from: span)).lossyUTF8
                times[name] = Timestamp(try reader.read(from: span))
            }
            operatorTimes = times
        } catch {
            return
        }
    }
}

/// Base64 with padding (RFC 4648, section 4); this room does without Foundation.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let available = min(3, bytes.count - index)
            var group: UInt32 = 0
            for position in 0..<3 {
                group = group << 8 | (position < available ? UInt32(bytes[index + position]) : 0)
            }
            for position in 0..<4 {
                let isPadding = position > available
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(group >> (18 - 6 * UInt32(position)) & 63)])
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil where `text` is not base64.
    static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard !characters.isEmpty, characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            var group: UInt32 = 0
            var padding = 0
            for character in characters[start..<(start + 4)] {
                var digit: UInt32 = 0
                if character == UInt8(ascii: "="), isLast {
                    padding += 1
                } else if let found = alphabet.firstIndex(of: character), padding == 0 {
                    digit = UInt32(found)
                } else {
                    return nil
                }
                group = group << 6 | digit
            }
            guard padding <= 2 else { return nil }
            for position in 0..<(3 - padding) {
                bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * UInt32(position))))
            }
        }
        return bytes
    }
}
