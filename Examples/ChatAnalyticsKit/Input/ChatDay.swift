public import MillraceCore

/// A calendar day, as the name of a log file gives it ("2004-12-25.log"). Pure. The day is read as UTC.
public struct ChatDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let daysSinceEpoch: Int32

    public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

    /// The day a timestamp lies in.
    public init(of timestamp: Timestamp) {
        let milliseconds = timestamp.millisecondsSinceEpoch
        let days = milliseconds / ChatDay.milliseconds - (milliseconds % ChatDay.milliseconds < 0 ? 1 : 0)
        self.init(daysSinceEpoch: Int32(clamping: days))
    }

    /// Reads the date a file name begins with; nil where it begins with none.
    public init?(fileName: String) {
        let bytes = Array(fileName.utf8)
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = ChatDay.number(bytes[0..<4]), let month = ChatDay.number(bytes[5..<7]),
            let day = ChatDay.number(bytes[8..<10]), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// From a date of the Gregorian calendar; days are counted in years that begin in March, so that the leap day
    /// comes last (Howard Hinnant, "chrono-compatible low-level date algorithms").
    init(year: Int, month: Int, day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSinceEpoch: Int32(era * 146_097 + dayOfEra - 719_468))
    }

    /// The time of a minute of this day.
    public func at(hour: Int, minute: Int) -> Timestamp {
        Timestamp(Int64(daysSinceEpoch) * ChatDay.milliseconds + Int64(hour * 60 + minute) * 60_000)
    }

    public static func < (left: ChatDay, right: ChatDay) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }

    private static let milliseconds: Int64 = 86_400_000

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}

extension ChatDay: CustomStringConvertible {
    /// As in a file name: "2004-12-25".
    public var description: String {
        let days = Int(daysSinceEpoch) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = (shiftedMonth + 2) % 12 + 1
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(twoDigits(month))-\(twoDigits(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))"
    }
}

/// "7" as "07".
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
