import MillraceCore
import Synchronization
import Testing

@testable import Millrace

@Suite("The lock of global tables")
struct GlobalLockTests {
    @Test("tasks share it; whoever wants it alone gets it alone, and gets it")
    func exclusion() {
        let lock = GlobalLock()
        let inside = Atomic<Int>(0)
        let mostInside = Atomic<Int>(0)
        let violations = Atomic<Int>(0)
        /// A task sees the two always equal.
        let pair = Monitor((0, 0))
        let tasks = (0..<3).map { index in
            SystemThread.start(name: "task-\(index)") {
                for _ in 0..<2_000 {
                    lock.share {
                        let count = inside.add(1, ordering: .sequentiallyConsistent).newValue
                        mostInside.max(count, ordering: .relaxed)
                        if pair.withLock({ $0.0 != $0.1 }) { violations.add(1, ordering: .relaxed) }
                        inside.subtract(1, ordering: .sequentiallyConsistent)
                    }
                }
            }
        }
        let writers = (0..<2).map { index in
            SystemThread.start(name: "writer-\(index)") {
                for _ in 0..<500 {
                    lock.process {
                        if inside.load(ordering: .sequentiallyConsistent) != 0 { violations.add(1, ordering: .relaxed) }
                        if !lock.isHeldByCurrentThread { violations.add(1, ordering: .relaxed) }
                        pair.withLock { $0.0 += 1 }
                        pair.withLock { $0.1 += 1 }
                    }
                }
            }
        }
        for thread in tasks + writers { #expect(thread.join(timeout: .seconds(30))) }
        #expect(violations.load(ordering: .relaxed) == 0)
        #expect(pair.withLock { $0 } == (1_000, 1_000))
        #expect(!lock.isHeldByCurrentThread)
    }

    @Test("positions survive; a file that cannot be read counts as none")
    func positions() throws {
        let directory = "/tmp/millrace-positions-\(UInt64.random(in: 0 ... .max))"
        let disk = FileSystemDisk()
        try disk.createDirectory(directory)
        defer { try? disk.removeDirectory(directory) }
        let positions = GlobalPositions(path: directory + "/users.positions")
        #expect(try positions.read(from: disk) == nil)
        try positions.write(.init(positions: [0: Offset(7), 11: Offset(1 << 40)], caughtUp: nil), on: disk)
        let last = GlobalPositions.Reached(positions: [0: Offset(8)], caughtUp: Timestamp(1_000))
        try positions.write(last, on: disk)
        #expect(try positions.read(from: disk) == last)
        let file = try disk.open(positions.path, create: false)
        try file.truncate(to: 28)
        file.close()
        #expect(try positions.read(from: disk) == nil)
        try positions.remove(from: disk)
        #expect(try disk.exists(positions.path) == false)
    }
}
