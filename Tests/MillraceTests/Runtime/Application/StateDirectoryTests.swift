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
