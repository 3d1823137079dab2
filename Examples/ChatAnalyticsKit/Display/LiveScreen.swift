/// Shows how things stand. On a terminal it redraws the same lines in place; into a pipe or file it prints one plain
/// line at a time, and only so often. Pure but for `write`, which is given the bytes; one thread owns it.
public struct LiveScreen {
    public enum Style: Sendable {
        /// Redraws in place; lines are cut to `width`.
        case terminal(width: Int)
        /// Prints the summary line at most every so many milliseconds.
        case plain(everyMilliseconds: Int64)
    }

    private let style: Style
    private let write: (String) -> Void
    private var drawnLines = 0
    private var lastPlain: Int64?

    public init(style: Style, write: @escaping (String) -> Void) {
        self.style = style
        self.write = write
    }

    /// Shows `summary` and, on a terminal, `details` below it.
    /// - Parameter now: milliseconds from any start.
    public mutating func show(summary: String, details: @autoclosure () -> [String], now: Int64) {
        switch style {
        case .plain(let interval):
            if let lastPlain, now - lastPlain < interval { return }
            lastPlain = now
            write(summary + "\n")
        case .terminal(let width):
            // Up to the first drawn line, and clear to the end of the screen.
            var text = drawnLines > 0 ? "\u{1B}[\(drawnLines)A\r\u{1B}[J" : ""
            let lines = ([summary] + details()).map { String($0.prefix(max(1, width - 1))) }
            text += lines.joined(separator: "\n") + "\n"
            drawnLines = lines.count
            write(text)
        }
    }

    /// Prints lines that stay. On a terminal they take the place of what was drawn.
    public mutating func print(_ lines: [String]) {
        let clear = drawnLines > 0 ? "\u{1B}[\(drawnLines)A\r\u{1B}[J" : ""
        drawnLines = 0
        lastPlain = nil
        write(clear + lines.joined(separator: "\n") + "\n")
    }
}
