import Glibc
import MillraceCore
import Testing

@Suite("Threads")
struct SystemThreadTests {
    @Test("an urgent thread keeps the niceness that it was started with", arguments: [false, true])
    func niceness(isUrgent: Bool) {
        let seen = Monitor([Int32]())
        // Nobody else's niceness is touched: Linux keeps one for each thread.
        let outer = SystemThread.start(name: "outer") {
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19)
            let inner = SystemThread.start(name: "inner", isUrgent: isUrgent) {
                let niceness = getpriority(Int32(PRIO_PROCESS.rawValue), 0)
                seen.update { $0.append(niceness) }
            }
            inner.join()
        }
        #expect(outer.join(timeout: .seconds(20)))
        #expect(seen.withLock { $0 } == [19])
    }
}
