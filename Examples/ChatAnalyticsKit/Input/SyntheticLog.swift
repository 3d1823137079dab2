import Foundation

/// Writes IRC logs nobody wrote: the same shapes as the real ones, in the same shares, from a seed. The same seed and
/// count give the same bytes. `write` does I/O on the caller's thread; `day` is pure.
public struct SyntheticLog {
    public static let defaultLineCount = 200_000
    /// As many lines a day as the real logs have.
    public static let linesPerDay = 1_440

    private var generator: SplitMix64
    private let nicks: [String]
    /// The last question that nobody has answered.
    private var question: (asker: String, asked: String)?
    private let firstDay = ChatDay(year: 2020, month: 1, day: 1)

    public init(seed: UInt64, nickCount: Int = 2_000) {
        generator = SplitMix64(state: seed)
        var nicks: [String] = []
        for index in 0..<nickCount {
            let name = SyntheticLog.syllables[Int(generator.below(SyntheticLog.syllables.count))]
            let ending = SyntheticLog.endings[Int(generator.below(SyntheticLog.endings.count))]
            nicks.append("\(name)\(ending)\(index)")
        }
        self.nicks = nicks
    }

    /// Writes `lineCount` lines into `folder`, a file a day, and returns how many days it took.
    public mutating func write(lineCount: Int, into folder: String) throws -> Int {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var written = 0
        var index = 0
        while written < lineCount {
            let count = min(SyntheticLog.linesPerDay, lineCount - written)
            let day = ChatDay(daysSinceEpoch: firstDay.daysSinceEpoch + Int32(index))
            try Data(self.day(lineCount: count)).write(to: URL(filePath: "\(folder)/\(day).log"))
            written += count
            index += 1
        }
        return index
    }

    /// The bytes of the next day's file. The clock goes on with the lines, and now and then runs back for a while.
    public mutating func day(lineCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lineCount * 80)
        for index in 0..<lineCount {
            var minute = index * 1_440 / lineCount
            if generator.below(12) == 0 { minute = max(0, minute - Int(generator.below(90))) }
            line(minute: minute, into: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private mutating func line(minute: Int, into bytes: inout [UInt8]) {
        let time = "[\(twoDigits(minute / 60)):\(twoDigits(minute % 60))]"
        // Of 10,000 real lines 8,901 are messages, 1,078 notices and 21 actions; others are rarer still.
        switch generator.below(10_000) {
        case 0..<8_901: bytes += "\(time) \(message())".utf8
        case 8_901..<9_979: bytes += "=== \(nick()) is now known as \(nick())".utf8
        case 9_979..<9_999: bytes += "\(time)  * \(nick()) \(sentence())".utf8
        default: bytes += "\(time) (\(nick())/#chat) \(sentence())".utf8
        }
        // A client that still writes Latin-1, and a line cut within a character.
        switch generator.below(2_000) {
        case 0: bytes += [UInt8(ascii: " "), 0xfc, 0xdf]
        case 1: bytes += [UInt8(ascii: " "), 0xe2, 0x82]
        default: break
        }
    }

    /// Who speaks and what: now and then a question to somebody, and often soon after an answer to it.
    private mutating func message() -> String {
        if let question, generator.below(3) == 0 {
            self.question = nil
            return "<\(question.asked)> \(question.asker): \(words())"
        }
        let speaker = nick()
        guard generator.below(10) < 3 else { return "<\(speaker)> \(words())" }
        let mentioned = nick()
        let isQuestion = generator.below(4) == 0
        if isQuestion { question = (asker: speaker, asked: mentioned) }
        return "<\(speaker)> \(mentioned): \(words())" + (isQuestion ? "?" : "")
    }

    /// Few talk much, many little: the product of two even choices favours the first nicks.
    private mutating func nick() -> String {
        let count = nicks.count
        return nicks[Int(generator.below(count) * generator.below(count)) / count]
    }

    private mutating func sentence() -> String { (generator.below(10) < 3 ? "\(nick()): " : "") + words() }

    private mutating func words() -> String {
        var text = ""
        for _ in 0...generator.below(14) {
            text += SyntheticLog.words[Int(generator.below(SyntheticLog.words.count))] + " "
        }
        return String(text.dropLast())
    }

    private static let syllables = ["ada", "bo", "cleo", "dag", "eli", "finn", "gus", "hal", "ivo", "jo", "kai", "lux"]
    private static let endings = ["", "_", "|away", "[home]", "-", "^", "`", "{x}"]
    private static let words = [
        "the", "is", "it", "a", "kernel", "sound", "works", "not", "try", "sudo", "apt-get", "here", "but", "why", "no",
        "http://example.org/x", "yes", "screen", "driver", "reboot", "café", "naïve", "→", "thanks", ":)", "ok",
    ]
}

/// A small seeded generator: the same numbers on every machine (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", 2014).
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`.
    mutating func below(_ bound: Int) -> UInt64 { next().multipliedFullWidth(by: UInt64(bound)).high }
}
