/// Years and months of the Gregorian calendar, before its introduction too, and days counted from 1970-01-01. Pure
/// arithmetic over the calendar's cycle of 400 years, in which years begin with March, so that leap days come last.
struct CivilDate: Hashable {
    let year: Int64
    /// 1 to 12.
    let month: Int64

    static let dayMilliseconds: Int64 = 86_400_000
    private static let daysOfCycle: Int64 = 146_097
    /// From 0000-03-01 to 1970-01-01.
    private static let daysToEpoch: Int64 = 719_468

    /// The month that a day lies in.
    init(day: Int64) {
        let sinceMarch = day + CivilDate.daysToEpoch
        let cycle = CivilDate.floorDivision(sinceMarch, CivilDate.daysOfCycle)
        let dayOfCycle = sinceMarch - cycle * CivilDate.daysOfCycle
        // Leap days of the cycle before this day: one every 4 years, none every 100, the last at the cycle's end.
        let leapDays = dayOfCycle / 1_460 - dayOfCycle / 36_524 + dayOfCycle / 146_096
        let yearOfCycle = (dayOfCycle - leapDays) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        // From March on, five months have 153 days.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    }

    /// The first day of a month.
    static func day(year: Int64, month: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let cycle = floorDivision(marchYear, 400)
        let yearOfCycle = marchYear - cycle * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        return cycle * daysOfCycle + dayOfCycle - daysToEpoch
    }

    /// Division that rounds down, for a positive divisor.
    static func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
