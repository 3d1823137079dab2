internal import MillraceCore
internal import MillraceKafka

/// How a line becomes a record: `[headers SEPARATOR][key SEPARATOR]value`. Pure.
struct LineFormat: Hashable, Sendable {
    /// Nil: lines have no key.
    var keySeparator: [UInt8]?
    /// Nil: lines have no headers. Before it stands `name:value,name:value`.
    var headersSeparator: [UInt8]?
    /// A value or key that is exactly this is null.
    var nullMark: [UInt8]?
    /// For every record.
    var headers: [Header] = []

    /// - Throws: what the line lacks.
    func record(_ line: ArraySlice<UInt8>) throws(LineError) -> KafkaProducer.Outgoing {
        var rest = line
        var record = KafkaProducer.Outgoing(key: nil, value: nil)
        record.headers = headers
        if let separator = headersSeparator {
            guard let end = LineFormat.find(separator, in: rest) else { throw .noHeaders }
            record.headers += try LineFormat.headers(rest[..<end])
            rest = rest[(end + separator.count)...]
        }
        if let separator = keySeparator {
            guard let end = LineFormat.find(separator, in: rest) else { throw .noKey }
            record.key = orNull(rest[..<end])
            rest = rest[(end + separator.count)...]
        }
        record.value = orNull(rest)
        return record
    }

    private func orNull(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        if let nullMark, bytes.elementsEqual(nullMark) { return nil }
        return Array(bytes)
    }

    private static func headers(_ bytes: ArraySlice<UInt8>) throws(LineError) -> [Header] {
        var headers: [Header] = []
        for part in bytes.split(separator: UInt8(ascii: ",")) {
            guard let colon = part.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedHeader }
            headers.append(
                Header(String(decoding: part[..<colon], as: UTF8.self), Array(part[(colon + 1)...])))
        }
        return headers
    }

    private static func find(_ separator: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = separator.first else { return nil }
        var position = bytes.startIndex
        while let found = bytes[position...].firstIndex(of: first) {
            if bytes[found...].starts(with: separator) { return found }
            position = found + 1
        }
        return nil
    }
}

/// What a line lacks.
enum LineError: Error, Hashable, Sendable {
    case noKey
    case noHeaders
    case malformedHeader

    var explanation: String {
        switch self {
        case .noKey: "has no key: the separator (--key-separator) is not in it"
        case .noHeaders: "has no headers: the separator (--headers-separator) is not in it"
        case .malformedHeader: "has a header that is not name:value"
        }
    }
}

/// `\t`, `\n`, `\r`, `\0` and `\\` as they are typed in shells. Pure.
enum Escapes {
    static func resolved(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
                switch character {
                case "t": result.append("\t")
                case "n": result.append("\n")
                case "r": result.append("\r")
                case "0": result.append("\0")
                case "\\": result.append("\\")
                default: result += "\\\(character)"
                }
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return isEscaped ? result + "\\" : result
    }
}
