package import Foundation
internal import Glibc
internal import MillraceCore

/// Starts programs as children that end with this process, however it ends, even while they are stopped: the kernel
/// kills them (PR_SET_PDEATHSIG). It does so when the *thread* ends that has started them, and threads of pools end; so
/// one thread starts all, and stays. From any thread; does I/O.
package enum Children {
    private static let waiting = Monitor<[@Sendable () -> Void]>([])

    private static let thread = SystemThread.start(name: "children") {
        // Children inherit what signals are blocked, and some are to end by one.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        while true {
            waiting.wait { !$0.isEmpty }
            for start in waiting.withLock({ starts in
                defer { starts = [] }
                return starts
            }) { start() }
        }
    }

    /// In place of `run()`.
    package static func start(_ process: Process) throws {
        _ = thread
        process.arguments =
            ["--pdeathsig", "KILL", process.executableURL?.path ?? ""] + (process.arguments ?? [])
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        let outcome = Monitor<Result<Void, any Error>?>(nil)
        waiting.update { starts in
            starts.append { outcome.update { $0 = Result { try process.run() } } }
        }
        outcome.wait { $0 != nil }
        try outcome.withLock { try $0?.get() }
    }

    /// Of a tool that is built beside the test bundle.
    package static func location(ofTool name: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name)
    }
}
