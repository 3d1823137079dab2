package import Foundation
internal import Glibc

/// What a child writes to its standard output, line by line, with deadlines. Used by one thread; does I/O.
package struct OutputLines {
    /// For `Process.standardOutput`.
    package let pipe = Pipe()
    /// Whether the child has closed it: all has been read.
    package private(set) var hasEnded = false
    private var unread: [UInt8] = []

    package init() {}

    /// The next line that has been read whole.
    package mutating func next() -> String? {
        guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
    }

    /// Reads on as soon as there is something. False where there is nothing until then, or no more at all.
    package mutating func read(until deadline: ContinuousClock.Instant) -> Bool {
        while !hasEnded {
            let left = max(0, (deadline - .now) / .milliseconds(1))
            var descriptor = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(min(left, 60_000).rounded(.up))) > 0 else {
                if ContinuousClock.now < deadline { continue }
                return false
            }
            let data = pipe.fileHandleForReading.availableData
            hasEnded = data.isEmpty
            unread += data
            return !hasEnded
        }
        return false
    }
}
