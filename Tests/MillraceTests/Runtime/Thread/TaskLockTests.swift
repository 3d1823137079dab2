import MillraceCore
import Synchronization
import Testing

@testable import Millrace

@Suite("The task lock")
struct TaskLockTests {
    // Unchecked: guarded by the lock under test; a lost update shows that it does not guard.
    private final class Shared: @unchecked Sendable {
        var count = 0
    }

    @Test("lets one in at a time, and neither the task nor the readers starve")
    func exclusion() {
        let lock = TaskLock()
        let shared = Shared()
        let isDone = Atomic<Bool>(false)
        let readers = (0..<3).map { index in
            SystemThread.start(name: "reader-\(index)") {
                for _ in 0..<2_000 { lock.read { shared.count += 1 } }
            }
        }
        let owner = SystemThread.start(name: "owner") {
            for _ in 0..<2_000 { lock.process { shared.count += 1 } }
            isDone.store(true, ordering: .releasing)
        }
        for reader in readers { #expect(reader.join(timeout: .seconds(30))) }
        #expect(owner.join(timeout: .seconds(30)))
        let wasDone = isDone.load(ordering: .acquiring)
        #expect(wasDone)
        #expect(shared.count == 8_000)
    }
}
