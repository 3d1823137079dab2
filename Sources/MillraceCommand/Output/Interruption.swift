internal import Glibc
internal import Synchronization

/// Whether somebody wants the process to end (SIGINT, SIGTERM). A handler sets a flag that loops look at; a second
/// signal ends the process at once. Commands that do not look at it are ended by the first.
struct Interruption: Sendable {
    private static let count = Atomic<Int>(0)

    /// From now on signals only set the flag. Whatever the parent did with them does not count.
    func watch() {
        Interruption.unblock()
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
            }
        }
    }

    var isRequested: Bool { Interruption.count.load(ordering: .relaxed) > 0 }

    /// Blocks SIGINT and SIGTERM in this thread and those it will start, for `wait`.
    static func block() {
        var signals = ending
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// From now on they reach the process: a parent may have blocked them, and children inherit that.
    static func unblock() {
        var signals = ending
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Waits for SIGINT or SIGTERM, which must have been blocked; returns which came.
    static func wait() -> Int32 {
        var signals = ending
        var number: Int32 = 0
        while sigwait(&signals, &number) != 0 {}
        return number
    }

    private static var ending: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
