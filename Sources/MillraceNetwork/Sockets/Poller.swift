internal import CMillraceShims
internal import Glibc

/// Waits for many sockets at once (epoll(7), level-triggered). Owned by one thread.
package struct Poller: ~Copyable {
    /// What a descriptor is waited for, or is ready for.
    package struct Interest: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let reading = Interest(rawValue: UInt32(MILLRACE_READABLE))
        package static let writing = Interest(rawValue: UInt32(MILLRACE_WRITABLE))
        /// Comes without being asked for: the peer is gone, or the socket has failed.
        package static let broken = Interest(rawValue: UInt32(MILLRACE_BROKEN))
    }

    /// Most descriptors that one `wait` reports; the others come with the next one.
    package static let eventsMax = 256

    private let descriptor: Int32
    private var ready = [millrace_ready](repeating: millrace_ready(), count: eventsMax)

    package init() throws(SocketError) {
        descriptor = millrace_poller_make()
        guard descriptor >= 0 else { throw .last("make an epoll instance") }
    }

    deinit { close(descriptor) }

    /// - Parameter token: comes with what is reported of the descriptor.
    package func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SocketError) {
        guard millrace_poller_set(self.descriptor, descriptor, 1, interest.rawValue, token) == 0 else {
            throw .last("wait for a socket")
        }
    }

    package func change(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SocketError) {
        guard millrace_poller_set(self.descriptor, descriptor, 0, interest.rawValue, token) == 0 else {
            throw .last("wait for a socket")
        }
    }

    /// To be called before the descriptor is closed.
    package func remove(_ descriptor: Int32) { _ = millrace_poller_remove(self.descriptor, descriptor) }

    /// Sleeps until something is ready, at most so long (-1: for ever), and says what is.
    package mutating func wait(milliseconds: Int32, _ body: (UInt64, Interest) -> Void) {
        let count = millrace_poller_wait(descriptor, &ready, Int32(Self.eventsMax), milliseconds)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            body(ready[index].token, Interest(rawValue: ready[index].interest))
        }
    }
}

/// Wakes a `Poller` from other threads (eventfd(2)). Any thread raises it, the poller's thread clears it.
package final class PollerAlarm: Sendable {
    /// To be added to the poller, for reading.
    package let descriptor: Int32

    package init() throws(SocketError) {
        descriptor = millrace_event_make()
        guard descriptor >= 0 else { throw .last("make an eventfd") }
    }

    deinit { close(descriptor) }

    package func raise() { millrace_event_raise(descriptor) }
    package func clear() { millrace_event_clear(descriptor) }
}
