internal import Glibc

/// For a process that is to live no longer than the one that started it: that one holds the other end of the pipe on
/// standard input, and however it ends, `kill -9` included, the system closes the pipe. Does I/O, on a thread of its
/// own. (`PR_SET_PDEATHSIG` would count the end of the thread that started the process, and pools end threads.)
package enum ParentPipe {
    /// Calls `action` once standard input is at its end. What comes before that is passed over.
    package static func whenClosed(_ action: @escaping @Sendable () -> Void) {
        _ = SystemThread.start(name: "parent-pipe") {
            var bytes = [UInt8](repeating: 0, count: 512)
            while true {
                let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            action()
        }
    }
}
