internal import MillraceCore

/// Bytes of keys and values, for people and as JSON. Pure.
enum BytesText {
    /// The text, if it is one without control characters; else `0x` and digits; "null" for none.
    static func shown(_ bytes: [UInt8]?) -> String {
        guard let bytes else { return "null" }
        guard let text = utf8(bytes), !text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" }) else {
            return "0x" + hex(bytes)
        }
        return text
    }

    /// A string, or `{"base64": …}` where the bytes are none.
    static func json(_ bytes: [UInt8]?) -> JSON {
        guard let bytes else { return .null }
        if let text = utf8(bytes) { return .string(text) }
        return ["base64": .string(base64(bytes))]
    }

    static func json(_ headers: some Sequence<Header>) -> JSON {
        .array(headers.map { ["name": JSON($0.name), "value": json($0.value)] })
    }

    /// `name=value`, with commas between.
    static func shown(_ headers: some Sequence<Header>) -> String {
        headers.map { "\($0.name)=\(shown($0.value))" }.joined(separator: ",")
    }

    static func utf8(_ bytes: [UInt8]) -> String? {
        guard let span = try? UTF8Span(validating: bytes.span) else { return nil }
        return String(copying: span)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                text.append(index <= group.count ? letters[word >> 18 & 63] : "=")
                word <<= 6
            }
        }
        return text
    }
}
