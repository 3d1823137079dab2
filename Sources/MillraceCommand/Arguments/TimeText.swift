internal import MillraceCore

/// Reads durations. Pure.
enum DurationText {
    static func parse(_ text: String) -> Duration? {
        if let first = text.first, first == "P" || first == "p" || text.hasPrefix("-P") { return iso8601(text) }
        let isNegative = text.hasPrefix("-")
        let body = text.drop { $0 == "-" || $0 == "+" }
        guard text.count - body.count <= 1 else { return nil }
        let digits = body.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = milliseconds(ofUnit: body.dropFirst(digits.count)) else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : .milliseconds(isNegative ? -product : product)
    }

    private static func milliseconds(ofUnit unit: Substring) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1_000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }

    /// `P1DT2H3M4.5S`, each part optional, at least one of them.
    private static func iso8601(_ text: String) -> Duration? {
        let isNegative = text.hasPrefix("-")
        var rest = Substring(text.uppercased())
        if isNegative { rest.removeFirst() }
        rest.removeFirst()
        var total = Duration.zero
        var isTime = false
        var parts = 0
        while let first = rest.first {
            if first == "T" {
                guard !isTime else { return nil }
                isTime = true
                rest.removeFirst()
                continue
            }
            let number = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
            rest.removeFirst(number.count)
            guard let value = Double(number), value < 1e12, let unit = rest.popFirst() else { return nil }
            let seconds: Double
            switch (unit, isTime) {
            case ("D", false): seconds = 86_400
            case ("W", false): seconds = 604_800
            case ("H", true): seconds = 3_600
            case ("M", true): seconds = 60
            case ("S", true): seconds = 1
            default: return nil
            }
            total += .milliseconds(Int64((value * seconds * 1_000).rounded()))
            parts += 1
        }
        guard parts > 0 else { return nil }
        return isNegative ? .zero - total : total
    }
}

/// Reads and writes points in time as ISO 8601; without a zone they are UTC, as with Kafka's tools. Pure.
///
///     2026-11-26T22:50:01.250Z   2026-11-26T22:50:01+01:00   2026-11-26
enum DateTimeText {
    static func parse(_ text: String) -> Timestamp? {
        var scanner = DigitScanner(rest: Substring(text))
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day)
        else { return nil }
        var milliseconds = daysSinceEpoch(year: year, month: month, day: day) * 86_400_000
        guard !scanner.rest.isEmpty else { return Timestamp(milliseconds) }
        guard scanner.take("T") || scanner.take(" "), let hour = scanner.digits(2), hour < 24, scanner.take(":"),
            let minute = scanner.digits(2), minute < 60
        else { return nil }
        milliseconds += hour * 3_600_000 + minute * 60_000
        if scanner.take(":") {
            guard let second = scanner.digits(2), second < 60 else { return nil }
            milliseconds += second * 1_000
            if scanner.take(".") {
                guard let fraction = scanner.fraction() else { return nil }
                milliseconds += fraction
            }
        }
        guard let offset = scanner.zone(), scanner.rest.isEmpty else { return nil }
        return Timestamp(milliseconds - offset)
    }

    /// In UTC, with milliseconds.
    static func format(_ timestamp: Timestamp) -> String {
        let milliseconds = timestamp.millisecondsSinceEpoch
        let days = floorDivide(milliseconds, 86_400_000)
        // Beyond the years that four digits hold, the number says more.
        guard days > -719_162, days < 2_932_897 else { return "\(milliseconds)" }
        let time = milliseconds - days * 86_400_000
        let (year, month, day) = civil(days: days)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(time / 3_600_000, 2)):"
            + "\(pad(time / 60_000 % 60, 2)):\(pad(time / 1_000 % 60, 2)).\(pad(time % 1_000, 3))Z"
    }

    // MARK: The calendar (proleptic Gregorian; H. Hinnant, "chrono-compatible low-level date algorithms")

    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Takes digits and marks off the front of a text.
private struct DigitScanner {
    var rest: Substring

    mutating func take(_ mark: Character) -> Bool {
        guard rest.first == mark else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest.removeFirst(count)
        return Int64(digits)
    }

    /// Digits behind the point, as milliseconds.
    mutating func fraction() -> Int64? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        return Int64((String(digits) + "00").prefix(3))
    }

    /// Milliseconds that the zone is ahead of UTC.
    mutating func zone() -> Int64? {
        if rest.isEmpty || take("Z") { return 0 }
        let isAhead = rest.first == "+"
        guard take("+") || take("-"), let hours = digits(2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = rest.isEmpty ? 0 : digits(2), minutes < 60 else { return nil }
        let offset = hours * 3_600_000 + minutes * 60_000
        return isAhead ? offset : -offset
    }
}

extension ValueKind where Value == Timestamp {
    static let dateTime = ValueKind("a time, such as 2026-11-26T22:50:00.000 (UTC unless it names a zone)") {
        DateTimeText.parse($0)
    }
}
