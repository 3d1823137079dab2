import Foundation
import MillraceCore
import MillraceSimulation
import Testing

@testable import Millrace

@Suite("The state directory")
struct StateDirectoryTests {
    private let path = FileManager.default.temporaryDirectory.path + "/millrace-state-\(UUID().uuidString)"
    private let disk = FileSystemDisk()

    private func open(seed: UInt64 = 1) throws -> StateDirectory {
        try StateDirectory.open(
            state: path, applicationID: "app", disk: disk, entropy: SeededEntropy(seed: seed))
    }

    @Test("gives applications of one process a slot each and a task to one thread at a time")
    func slots() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try open()
        let second = try open()
        #expect(first.instance != second.instance)
        let task = TaskID(subtopology: 1, partition: 2)
        #expect(first.lockTask(task))
        #expect(!second.lockTask(task))
        first.unlockTask(task)
        #expect(second.lockTask(task))
        #expect(throws: DiskError.self, "another open file is another process to the lock") {
            _ = try disk.lock(path + "/app/lock")
        }
        second.unlockTask(task)
        first.close()
        second.close()
        _ = try disk.lock(path + "/app/lock")
    }

    @Test("cleans up what nobody has held for a while, and nothing else")
    func cleaning() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try open()
        let tasks = (0..<3).map { TaskID(subtopology: 0, partition: Int32($0)) }
        for task in tasks { try disk.createDirectory(directory.directory(of: task) + "/store") }
        func clean(_ now: UInt64) throws -> [TaskID] {
            try directory.clean(now: now, delayNanoseconds: 100, disk: disk)
        }
        #expect(directory.lockTask(tasks[0]))
        #expect(try clean(1_000) == [])
        // Held and let go meanwhile: its time begins anew.
        #expect(directory.lockTask(tasks[1]))
        directory.unlockTask(tasks[1])
        #expect(try clean(1_099) == [])
        #expect(try clean(1_100) == [tasks[2]])
        #expect(try directory.tasksOnDisk(disk) == [tasks[0], tasks[1]])
        #expect(try clean(1_199) == [tasks[1]])
        #expect(try clean(9_000) == [])
        #expect(try directory.tasksOnDisk(disk) == [tasks[0]])
        #expect(directory.lockTask(tasks[2]), "a directory that is gone can be made again")
        directory.close()
    }

    @Test("keeps the instance's name over restarts and finds the tasks on disk")
    func names() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try open(seed: 1)
        let name = first.instance
        try disk.createDirectory(first.directory(of: TaskID(subtopology: 0, partition: 3)) + "/store")
        first.close()
        let second = try open(seed: 2)
        #expect(second.instance == name)
        #expect(try second.tasksOnDisk(disk) == [TaskID(subtopology: 0, partition: 3)])
        second.close()
    }
}
