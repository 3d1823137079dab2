import Testing

@testable import Millrace

@Suite("Civil dates")
struct CivilDateTests {
    @Test(
        "days counted from 1970 lie in their months",
        arguments: [
            (0, 1970, 1), (-1, 1969, 12), (30, 1970, 1), (31, 1970, 2), (59, 1970, 3), (11_016, 2000, 2),
            (11_017, 2000, 3), (20_778, 2026, 11), (47_540, 2100, 2), (47_541, 2100, 3), (-719_468, 0, 3),
            (-719_469, 0, 2), (2_932_896, 9999, 12),
        ] as [(Int64, Int64, Int64)])
    func months(day: Int64, year: Int64, month: Int64) {
        let date = CivilDate(day: day)
        #expect(date.year == year && date.month == month, "day \(day) is in \(date.year)-\(date.month)")
    }

    @Test("every day from 1800 to 2300 lies between the first of its month and the first of the next")
    func roundTrip() {
        let range = CivilDate.day(year: 1800, month: 1)..<CivilDate.day(year: 2300, month: 1)
        #expect(range.count == 182_621)
        var previous = CivilDate(day: range.lowerBound - 1)
        for day in range {
            let date = CivilDate(day: day)
            let first = CivilDate.day(year: date.year, month: date.month)
            let isOrdered = first <= day && (date == previous) == (first < day)
            if !isOrdered { Issue.record("day \(day) is in \(date), which begins on day \(first)") }
            previous = date
        }
    }
}
