import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// When the active segment is closed.
@Suite("Closing segments")
struct SegmentRollTests {
    private func log(
        _ disk: SimulatedDisk = SimulatedDisk(seed: 1), directory: String = LogFixtures.directory,
        _ change: (inout LogConfiguration) -> Void
    ) throws -> PartitionLog {
        var configuration = LogConfiguration(segmentBytes: 1 << 20, indexIntervalBytes: 0)
        change(&configuration)
        return try LogFixtures.open(disk, configuration, directory: directory)
    }

    private func segments(_ disk: SimulatedDisk, _ directory: String = LogFixtures.directory) throws -> Int {
        try disk.list(directory).filter { $0.hasSuffix(".log") }.count
    }

    @Test("segment.bytes: the batch that would not fit begins a new one, and one that is larger is alone in its own")
    func bytes() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try log(disk) { $0.segmentBytes = 1_024 }
        let value = String(repeating: "x", count: 350)
        for _ in 0..<2 { try LogFixtures.append(LogFixtures.batch([value]), to: log) }
        #expect(try segments(disk) == 1)
        try LogFixtures.append(LogFixtures.batch([value]), to: log)
        #expect(try segments(disk) == 2)
        try LogFixtures.append(LogFixtures.batch([String(repeating: "x", count: 3_000)]), to: log)
        try LogFixtures.append(LogFixtures.batch(["x"]), to: log)
        #expect(try segments(disk) == 4)
    }

    @Test("segment.ms counts by the records' time when they come, and by the clock when none come")
    func time() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try log(disk) { $0.segmentMilliseconds = 100 }
        try LogFixtures.append(LogFixtures.batch(["a"], at: 1_000), to: log)
        try LogFixtures.append(LogFixtures.batch(["a"], at: 1_099), to: log)
        #expect(try segments(disk) == 1)
        try LogFixtures.append(LogFixtures.batch(["a"], at: 1_100), to: log)
        #expect(try segments(disk) == 2)
        try log.rollIfNeeded(now: Timestamp(1_199))
        #expect(try segments(disk) == 2)
        try log.rollIfNeeded(now: Timestamp(1_200))
        #expect(try segments(disk) == 3)
        try log.rollIfNeeded(now: Timestamp(9_200))
        #expect(try segments(disk) == 3, "an empty segment stays")
    }

    @Test("segment.jitter.ms: partitions close their segments at different times, none later than segment.ms")
    func jitter() throws {
        let disk = SimulatedDisk(seed: 1)
        var times: Set<Int64> = []
        for partition in 0..<8 {
            let directory = "/data/topics/chat-\(partition)"
            let log = try log(disk, directory: directory) {
                $0.segmentMilliseconds = 1_000
                $0.segmentJitterMilliseconds = 500
            }
            try LogFixtures.append(LogFixtures.batch(["a"], at: 1_000), to: log)
            var age: Int64 = 0
            while try segments(disk, directory) == 1 && age <= 1_000 {
                age += 1
                try log.rollIfNeeded(now: Timestamp(1_000 + age))
            }
            #expect(age > 500 && age <= 1_000)
            times.insert(age)
        }
        #expect(times.count > 4, "\(times)")
    }

    @Test("segment.index.bytes: a full index closes its segment")
    func indexFull() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try log(disk) { $0.segmentIndexBytes = 120 }
        for index in 0..<60 { try LogFixtures.append(LogFixtures.batch(["a"], at: 1_000 + Int64(index)), to: log) }
        #expect(try segments(disk) > 4)
        try LogFixtures.sync(log)
        for name in try disk.list(LogFixtures.directory) where name.hasSuffix("index") {
            let size = try disk.open(LogFixtures.directory + "/" + name, create: false).size()
            #expect(size <= 132, "\(name): one entry more when the segment is closed")
        }
        #expect(try LogFixtures.records(log).count == 60)
    }

    @Test("max.compaction.lag.ms: old records are compacted whatever the ratio, the active segment's too")
    func compactionLag() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try log(disk) {
            $0.cleanupPolicy = .compact
            $0.minCleanableDirtyRatio = 1
            $0.maxCompactionLagMilliseconds = 500
        }
        for index in 0..<10 { try LogFixtures.append(LogFixtures.batch(["\(index)"], at: 1_000), to: log) }
        for (now, isDue) in [(1_400, false), (1_600, true)] as [(Int64, Bool)] {
            try log.rollIfNeeded(now: Timestamp(now))
            try LogFixtures.sync(log)
            #expect(try Compaction.run(log, now: Timestamp(now)) == isDue, "at \(now)")
        }
        #expect(try LogFixtures.records(log) == ["9:9"])
    }
}
