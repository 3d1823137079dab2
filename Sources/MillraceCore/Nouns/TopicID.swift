/// The 16 bytes that name a topic for as long as it exists: a topic that is made again under the same name has another
/// one (KIP-516). Zero is no topic.
public struct TopicID: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// The id of these bytes.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No topic.
    public static let zero = TopicID(high: 0, low: 0)

    /// A random UUID (RFC 9562, version 4) of 128 bits of chance. Its text does not begin with `-`, which tools would
    /// take for an option.
    public init(randomHigh high: UInt64, randomLow low: UInt64) {
        // 62 is `-` in base64url: the first six bits of all.
        let first = high >> 58 == 62 ? high & (UInt64.max >> 6) : high
        self.init(
            high: first & ~0xf000 | 0x4000, low: low & (UInt64.max >> 2) | 0x8000_0000_0000_0000)
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 32 hexadecimal digits.
    public var hexadecimal: String {
        [high, low].map { value in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// From 32 hexadecimal digits; nil where the text is anything else.
    public init?(hexadecimal text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// From Kafka's form: base64 in the alphabet for file names, 22 characters, without padding.
    public init?(base64 text: String) {
        guard text.utf8.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        // 22 digits are 132 bits; of the last one four bits are padding.
        for (index, byte) in text.utf8.enumerated() {
            guard let digit = TopicID.digits.firstIndex(of: byte) else { return nil }
            let bits: UInt64 = index == 21 ? 2 : 6
            high = high << bits | low >> (64 - bits)
            low = low << bits | UInt64(digit) >> (6 - bits)
        }
        self.init(high: high, low: low)
    }
}

extension TopicID: Comparable {
    /// In the order of their bytes.
    @inlinable
    public static func < (left: TopicID, right: TopicID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension TopicID: CustomStringConvertible {
    /// As Kafka writes it: base64 in the alphabet for file names, without padding.
    public var description: String {
        var text: [UInt8] = []
        for index in 0..<22 {
            // Six bits from bit 6 × index on, of 128 and four zeros behind them.
            let shift = 122 - 6 * index
            let bits: UInt64
            if shift >= 64 {
                bits = high >> UInt64(shift - 64)
            } else if shift >= 0 {
                bits = low >> UInt64(shift) | (shift > 58 ? high << UInt64(64 - shift) : 0)
            } else {
                bits = low << UInt64(-shift)
            }
            text.append(TopicID.digits[Int(bits & 63)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
