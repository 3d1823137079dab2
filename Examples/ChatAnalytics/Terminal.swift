import ChatAnalyticsKit
import Glibc

/// Standard output, as it is: a terminal of some width, or a pipe.
enum Terminal {
    static var style: LiveScreen.Style {
        guard isatty(STDOUT_FILENO) == 1 else { return .plain(everyMilliseconds: 1_000) }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return .terminal(width: isKnown ? Int(size.ws_col) : 80)
    }

    /// Writes all of `text` at once, so that a table is not seen half drawn.
    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            // The reader has gone: nobody is left to show anything to.
            guard count > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, count))
        }
    }
}
