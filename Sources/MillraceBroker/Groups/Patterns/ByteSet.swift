/// A set of the 256 bytes: what one place of a pattern accepts. Pure.
struct ByteSet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    init(_ ranges: ClosedRange<UInt8>...) {
        for range in ranges { insert(range) }
    }

    init(of text: StaticString) {
        for byte in "\(text)".utf8 { insert(byte...byte) }
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: low & bit != 0
        case 1: second & bit != 0
        case 2: third & bit != 0
        default: high & bit != 0
        }
    }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range {
            let bit = UInt64(1) << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: low |= bit
            case 1: second |= bit
            case 2: third |= bit
            default: high |= bit
            }
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        low |= other.low
        second |= other.second
        third |= other.third
        high |= other.high
    }

    var inverted: ByteSet {
        var result = ByteSet()
        result.low = ~low
        result.second = ~second
        result.third = ~third
        result.high = ~high
        return result
    }

    /// With the other case of every ASCII letter in it.
    var caseless: ByteSet {
        var result = self
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            if contains(byte) { result.insert((byte - 32)...(byte - 32)) }
            if contains(byte - 32) { result.insert(byte...byte) }
        }
        return result
    }

    static let digits = ByteSet(0x30...0x39)
    static let upper = ByteSet(0x41...0x5a)
    static let lower = ByteSet(0x61...0x7a)
    static let word = ByteSet(0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a)
    static let space = ByteSet(0x09...0x0a, 0x0c...0x0d, 0x20...0x20)
    static let any = ByteSet(0x00...0x09, 0x0b...0xff)

    /// The classes that RE2 writes `[:name:]`.
    static func posix(_ name: String) -> ByteSet? {
        switch name {
        case "alnum": ByteSet(0x30...0x39, 0x41...0x5a, 0x61...0x7a)
        case "alpha": ByteSet(0x41...0x5a, 0x61...0x7a)
        case "ascii": ByteSet(0x00...0x7f)
        case "blank": ByteSet(0x09...0x09, 0x20...0x20)
        case "cntrl": ByteSet(0x00...0x1f, 0x7f...0x7f)
        case "digit": digits
        case "graph": ByteSet(0x21...0x7e)
        case "lower": lower
        case "print": ByteSet(0x20...0x7e)
        case "punct": ByteSet(0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e)
        case "space": ByteSet(0x09...0x0d, 0x20...0x20)
        case "upper": upper
        case "word": word
        case "xdigit": ByteSet(0x30...0x39, 0x41...0x46, 0x61...0x66)
        default: nil
        }
    }

    /// Unicode's general categories `\p{…}`, as far as they have ASCII in them and topic names use it.
    static func unicode(_ name: String) -> ByteSet? {
        switch name {
        case "L", "Latin": ByteSet(0x41...0x5a, 0x61...0x7a)
        case "Lu": upper
        case "Ll": lower
        case "N", "Nd": digits
        case "Pc": ByteSet(0x5f...0x5f)
        case "Pd": ByteSet(0x2d...0x2d)
        default: nil
        }
    }
}
