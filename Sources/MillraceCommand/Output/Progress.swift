internal import MillraceCore

/// Tells on standard error how far long work has come, at most once a second, and only where a person is looking.
/// Owned by the thread that works.
struct Progress {
    private let console: Console
    private let clock: any Clock
    private let isShown: Bool
    private var next: UInt64
    private static let intervalNanoseconds: UInt64 = 1_000_000_000

    init(_ console: Console, clock: any Clock, isQuiet: Bool = false) {
        self.console = console
        self.clock = clock
        isShown = console.isInteractive && !isQuiet
        next = clock.monotonicNanoseconds() + Progress.intervalNanoseconds
    }

    mutating func report(_ line: @autoclosure () -> String) {
        guard isShown else { return }
        let now = clock.monotonicNanoseconds()
        guard now >= next else { return }
        next = now + Progress.intervalNanoseconds
        console.note(line())
    }
}
