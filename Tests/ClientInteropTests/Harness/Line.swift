/// A line that a client program printed: fields between tabs, the first of which says what it is (Clients/lines.py).
struct Line: Sendable, CustomStringConvertible {
    let fields: [String]

    init(_ text: String) { fields = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }

    var word: String { fields[0] }
    var description: String { fields.joined(separator: " | ") }

    subscript(_ field: Int) -> String { field < fields.count ? fields[field] : "" }

    func number(_ field: Int) -> Int { Int(self[field]) ?? Int.min }
}

/// A record that a client read. Keys and values as the clients write them: null is "-", bytes are "x" and their digits.
struct SeenRecord: Equatable, Sendable {
    let partition: Int
    let offset: Int
    let timestamp: Int
    let key: String
    let value: String
    let headers: String

    /// Nil where the line is of another kind.
    init?(_ line: Line) {
        guard line.word == "record" else { return nil }
        partition = line.number(2)
        offset = line.number(3)
        timestamp = line.number(4)
        key = line[5]
        value = line[6]
        headers = line[7]
    }

    /// The value as text.
    var text: String { Bytes.text(value) }
}

enum Bytes {
    static func write(_ bytes: some Sequence<UInt8>) -> String {
        "x"
            + bytes.map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined()
    }

    static func text(_ written: String) -> String {
        let digits = Array(written.dropFirst().utf8)
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [Line] {
    var records: [SeenRecord] { compactMap(SeenRecord.init) }

    /// Second fields of the lines of a kind.
    func all(_ word: String) -> [String] { filter { $0.word == word }.map { $0[1] } }

    /// The facts that a client noted, by name.
    var facts: [String: String] {
        Dictionary(filter { $0.word == "fact" }.map { ($0[1], $0[2].lowercased()) }, uniquingKeysWith: { $1 })
    }
}
