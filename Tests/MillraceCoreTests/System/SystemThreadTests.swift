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

    @Test("a thread that stays on a core does so with a library's threads; those that are made as ours do not")
    func core() {
        let seen = Monitor([String: Int]())
        let all = SystemThread.coreCount
        let outer = SystemThread.start(name: "outer", core: 7) {
            seen.update { $0["outer"] = SystemThread.coreCount }
            let inner = SystemThread.start(name: "inner") { seen.update { $0["inner"] = SystemThread.coreCount } }
            inner.join()
            let other = SystemThread.start(name: "other", core: 8) {
                seen.update { $0["other"] = SystemThread.coreCount }
            }
            other.join()
            var library = pthread_t()
            let seen = Unmanaged.passRetained(seen)
            pthread_create(
                &library, nil,
                { seen in
                    guard let seen else { return nil }
                    Unmanaged<Monitor<[String: Int]>>.fromOpaque(seen).takeRetainedValue().update {
                        $0["library"] = SystemThread.coreCount
                    }
                    return nil
                }, seen.toOpaque())
            pthread_join(library, nil)
        }
        #expect(outer.join(timeout: .seconds(20)))
        #expect(seen.withLock { $0 } == ["outer": 1, "library": 1, "inner": all, "other": 1])
        #expect(SystemThread.coreCount == all)
    }
}
