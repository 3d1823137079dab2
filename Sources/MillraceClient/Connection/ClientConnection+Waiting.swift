internal import Glibc
internal import MillraceCore

/// Waiting for whichever of several connections has something first.
extension ClientConnection {
    /// Sleeps until one of them has input, or has ended, at most so long.
    package static func awaitInput(of connections: [ClientConnection], timeout: Duration) {
        if connections.contains(where: \.holdsInput) { return }
        var entries = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), Int32(clamping: timeout.wholeMilliseconds))
    }
}
