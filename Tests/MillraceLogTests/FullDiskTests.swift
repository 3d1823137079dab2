import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

@Suite("A full or failing disk")
struct FullDiskTests {
    @Test("an append that does not fit is refused, keeps nothing, and works once there is space")
    func noSpace() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try LogFixtures.open(disk)
        try LogFixtures.append(LogFixtures.batch(["a", "b"]), to: log)
        try LogFixtures.sync(log)
        let used = disk.usedBytes
        for room in [0, 1, 30, 61, 70] {
            disk.capacity = used + room
            let error = #expect(throws: LogError.self) {
                try LogFixtures.append(LogFixtures.batch(["c", "d"]), to: log)
            }
            #expect(
                error?.isNoSpace == true && error?.code == .kafkaStorageError,
                "room \(room): \(String(describing: error))")
            #expect(disk.usedBytes == used, "room \(room)")
            #expect(try LogFixtures.records(log) == ["0:a", "1:b"])
        }
        disk.capacity = nil
        #expect(try LogFixtures.append(LogFixtures.batch(["c"]), to: log).baseOffset == Offset(2))
        try LogFixtures.sync(log)
        disk.crash()
        #expect(try LogFixtures.records(LogFixtures.open(disk)) == ["0:a", "1:b", "2:c"])
    }

    @Test("a refused batch leaves the producer's sequence where it was")
    func sequenceAfterNoSpace() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try LogFixtures.open(disk)
        let producer = ProducerIdentity(id: 1, epoch: 0)
        try LogFixtures.append(LogFixtures.batch(["a"], producer: producer, sequence: 0), to: log)
        let next = LogFixtures.batch(["b"], producer: producer, sequence: 1, transactional: true)
        disk.capacity = disk.usedBytes + 10
        #expect(throws: LogError.self) { try LogFixtures.append(next, to: log) }
        #expect(log.openTransactions.isEmpty)
        disk.capacity = nil
        let result = try LogFixtures.append(next, to: log)
        #expect(result.baseOffset == Offset(1) && !result.isDuplicate)
        #expect(log.lastStableOffset == Offset(1))
    }

    @Test("a roll that does not fit is refused, and done once there is space")
    func rollWithoutSpace() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try LogFixtures.open(disk, LogConfiguration(segmentBytes: 200, indexIntervalBytes: 1))
        try LogFixtures.append(LogFixtures.batch(["a", "b", "c"]), to: log)
        try LogFixtures.append(LogFixtures.batch(["d"]), to: log)
        disk.capacity = disk.usedBytes + 5
        #expect(throws: LogError.self) { try LogFixtures.append(LogFixtures.batch(["e", "f"]), to: log) }
        disk.capacity = nil
        try LogFixtures.append(LogFixtures.batch(["e", "f"]), to: log)
        #expect(try LogFixtures.records(log) == ["0:a", "1:b", "2:c", "3:d", "4:e", "5:f"])
    }

    @Test("a write error that can be undone is an error of that append alone")
    func writeError() throws {
        let disk = SimulatedDisk(seed: 3)
        let log = try LogFixtures.open(disk)
        disk.fail(.write, pathSuffix: ".log")
        #expect(throws: LogError.self) { try LogFixtures.append(LogFixtures.batch(["a"]), to: log) }
        #expect(log.failure == nil)
        try LogFixtures.append(LogFixtures.batch(["b"]), to: log)
        #expect(try LogFixtures.records(log) == ["0:b"])
    }

    @Test("a write error that cannot be undone fails the log until it is opened again")
    func writeAndTruncateError() throws {
        let disk = SimulatedDisk(seed: 3)
        let log = try LogFixtures.open(disk)
        try LogFixtures.append(LogFixtures.batch(["a"]), to: log)
        disk.fail(.write, pathSuffix: ".log", reason: .noSpace)
        disk.fail(.truncate, pathSuffix: ".log")
        #expect(throws: LogError.self) { try LogFixtures.append(LogFixtures.batch(["b"]), to: log) }
        #expect(log.failure?.reason == .noSpace)
        #expect(throws: LogError.self) { try LogFixtures.append(LogFixtures.batch(["c"]), to: log) }
        disk.killProcess()
        let found = try LogFixtures.records(LogFixtures.open(disk))
        #expect(found.first == "0:a")
    }

    @Test("after a failed sync nothing works until the log is opened again")
    func syncError() throws {
        let disk = SimulatedDisk(seed: 5)
        let log = try LogFixtures.open(disk)
        try LogFixtures.append(LogFixtures.batch(["a"]), to: log)
        try LogFixtures.sync(log)
        try LogFixtures.append(LogFixtures.batch(["b"]), to: log)
        disk.fail(.sync)
        #expect(throws: DiskError.self) { try LogFixtures.sync(log) }
        #expect(log.beginSync() == nil)
        #expect(throws: LogError.self) { try LogFixtures.append(LogFixtures.batch(["c"]), to: log) }
        disk.crash()
        #expect(try LogFixtures.records(LogFixtures.open(disk)).first == "0:a")
    }
}
