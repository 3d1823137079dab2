import Foundation
import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Unmatched records of a join over restarts (E8)")
struct StreamJoinRestartTests {
    @Test("they come out after a restart, at the time they would have, or meet who comes", arguments: [true, false])
    func survive(isOnDisk: Bool) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let join = try StreamJoinFixture(
            .outer,
            TestDriverConfiguration(stateDirectory: isOnDisk ? directory.path : nil, emptiesStoreMemory: isOnDisk))
        try join.send("L1@5", "L2@6 of b", "R1@7 of c", "L3@7 of d")
        try join.driver.crash()
        try join.send("R2@8 of b")
        try join.driver.crash()
        #expect(try join.lines() == ["L2+R2@8"])
        // Late as before: time is remembered, too (A2).
        try join.send("L4@17 of z", "L5@6 of y", "L6@18 of x")
        #expect(try join.lines() == ["L1+-@5", "-+R1@7", "L3+-@7"])
        try join.driver.crash()
        try join.send("L7@30 of w", "L8@5 of v")
        #expect(try join.lines() == ["L4+-@17", "L6+-@18"])
        #expect(try join.lines("late") == ["L5 0-16 1@6", "L8 0-15 15@5"])
        join.driver.close()
    }

    @Test("what a crash undoes happens again, once")
    func uncommitted() throws {
        let join = try StreamJoinFixture(.left, TestDriverConfiguration(commits: .byHand))
        try join.send("L1@5", "L2@6 of b")
        try join.driver.commit()
        try join.send("R1@6 of b", "L3@40 of z")
        try join.driver.crash()
        try join.driver.processAll()
        try join.driver.commit()
        #expect(try join.lines() == ["L2+R1@6", "L1+-@5"])
    }

    @Test("they come out without a record where time moves on without one (D7)")
    func idle() throws {
        let join = try StreamJoinFixture(
            .left, TestDriverConfiguration(idlePolicy: .advance(every: .milliseconds(10))))
        try join.send("L1@5")
        try join.driver.advanceWallClock(by: .milliseconds(5))
        #expect(try join.lines() == [])
        try join.driver.advanceWallClock(by: .milliseconds(100))
        #expect(try join.lines() == ["L1+-@5"])
    }
}
