import Foundation
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@testable import Millrace

@Suite("Calendar windows")
struct CalendarWindowsTests {
    private static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe",
        "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Asia/Beirut",
    ]
    /// Their clocks have been turned back over midnight, so that a date comes twice.
    private static let zonesThatRepeatDates: Set = ["America/St_Johns", "America/Sao_Paulo", "Africa/Casablanca"]
    private static let units: [CalendarUnit] = [.day, .week(startingOn: .monday), .week(startingOn: .sunday), .month]

    private func zone(_ name: String) throws -> TimeZone { try #require(TimeZone(identifier: name)) }

    private func time(_ text: String) throws -> Int64 {
        let seconds = try Date(text, strategy: .iso8601).timeIntervalSince1970
        return Int64(seconds) * 1_000
    }

    @Test(
        "days on which clocks change are shorter or longer",
        arguments: [
            ("Europe/Berlin", "2025-03-30T10:00:00Z", "2025-03-29T23:00:00Z", 23),
            ("Europe/Berlin", "2025-10-26T00:30:00Z", "2025-10-25T22:00:00Z", 25),
            ("Europe/Berlin", "2025-07-01T00:30:00Z", "2025-06-30T22:00:00Z", 24),
            ("America/New_York", "2024-11-03T23:00:00Z", "2024-11-03T04:00:00Z", 25),
            // The clocks went from the end of the 29th to the 31st.
            ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", 24),
            ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", 24),
            // No midnight: from 23:59:59 to 1:00:00.
            ("Asia/Beirut", "2022-03-26T23:00:00Z", "2022-03-26T22:00:00Z", 23),
            // Back from 0:01 to 23:01 of the day before, which was over.
            ("America/St_Johns", "2005-10-30T03:00:00Z", "2005-10-30T02:30:00Z", 25),
        ])
    func days(zone name: String, at: String, start: String, hours: Int64) throws {
        let windows = CalendarWindows(unit: .day, zone: ZoneTransitions(try zone(name)))
        let found = try #require(windows.firstStart(containing: try time(at)))
        #expect(found == (try time(start)))
        #expect(windows.end(ofWindowFrom: found) == found + hours * 3_600_000)
    }

    @Test("weeks begin on the day that is asked for, months on the first")
    func weeksAndMonths() throws {
        let berlin = ZoneTransitions(try zone("Europe/Berlin"))
        let saturday = try time("2026-11-21T12:00:00Z")
        let starts: [(CalendarUnit, String, String)] = [
            (.week(startingOn: .monday), "2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"),
            (.week(startingOn: .sunday), "2026-11-14T23:00:00Z", "2026-11-21T23:00:00Z"),
            (.week(startingOn: .saturday), "2026-11-20T23:00:00Z", "2026-11-27T23:00:00Z"),
            (.month, "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
        ]
        for (unit, start, end) in starts {
            let windows = CalendarWindows(unit: unit, zone: berlin)
            #expect(windows.firstStart(containing: saturday) == (try time(start)), "\(unit)")
            #expect(windows.end(ofWindowFrom: try time(start)) == (try time(end)), "\(unit)")
        }
    }

    @Test("windows contain their times, touch each other, and begin where Foundation's calendar says", arguments: zones)
    func property(zone name: String) throws {
        let seed: UInt64 = 11
        var random = SeededGenerator(seed: seed)
        let timeZone = try zone(name)
        let zone = ZoneTransitions(timeZone)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        for unit in CalendarWindowsTests.units {
            let windows = CalendarWindows(unit: unit, zone: zone)
            for _ in 0..<200 {
                let time = Int64.random(in: 40 * CivilDate.dayMilliseconds..<4_000_000_000_000, using: &random)
                let start = try #require(windows.firstStart(containing: time))
                let end = try #require(windows.end(ofWindowFrom: start))
                let text = "seed \(seed): \(time) in \(name) by \(unit): \(start) to \(end)"
                #expect(start <= time && time < end, "\(text)")
                #expect(windows.firstStart(containing: start) == start, "\(text)")
                #expect(windows.firstStart(containing: end) == end, "\(text)")
                #expect(end - start <= windows.longestMilliseconds, "\(text)")
                if case .day = unit, !CalendarWindowsTests.zonesThatRepeatDates.contains(name) {
                    let date = Date(timeIntervalSince1970: TimeInterval(time) / 1_000)
                    let expected = Int64(calendar.startOfDay(for: date).timeIntervalSince1970) * 1_000
                    #expect(start == expected, "\(text)")
                }
            }
        }
    }

    @Test("the first window begins at the epoch, and the last times of all are in none that ends")
    func ends() throws {
        let berlin = CalendarWindows(unit: .month, zone: ZoneTransitions(try zone("Europe/Berlin")))
        #expect(berlin.firstStart(containing: 0) == 0)
        #expect(berlin.end(ofWindowFrom: 0) == (try time("1970-01-31T23:00:00Z")))
        let last = try #require(berlin.firstStart(containing: .max))
        #expect(last > 8_000_000_000_000_000)
        #expect(berlin.end(ofWindowFrom: last) == nil)
        let near = try #require(berlin.firstStart(containing: last - 1))
        #expect(berlin.end(ofWindowFrom: near).map { $0 > last - 1 } == true)
    }

    @Test("an aggregation by day; keys are read back with the end of their day")
    func aggregation() throws {
        let days = TimeWindows.calendar(.day, in: try zone("Europe/Berlin"), grace: .seconds(3_600))
        let fixture = try OperatorFixture(emptiesStoreMemory: true) { _, stream in
            stream.groupByKey().windowed(by: days).count().toStream().to("out")
        }
        for text in ["2025-03-29T22:59:00Z", "2025-03-29T23:00:00Z", "2025-03-30T21:59:59Z", "2025-03-29T22:00:00Z"] {
            try fixture.input.send(1, Order("x"), at: Timestamp(try time(text)))
        }
        let out = fixture.driver.outputTopic("out", key: .windowed(.int64, windows: days), value: .int64)
        let rows = try out.readAll()
        #expect(rows.map(\.value) == [1, 1, 2])
        let lengths = rows.compactMap { record in
            record.key.map { $0.window.end.milliseconds(since: $0.window.start) / 3_600_000 }
        }
        #expect(lengths == [24, 23, 23])
        #expect(fixture.driver.droppedRecords == [.late: 1])
    }
}
