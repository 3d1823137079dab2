internal import CMillraceShims
internal import Glibc

/// A stream socket with one owner, closed when that goes. Non-blocking throughout: who wants to wait asks a `Poller`,
/// or calls `wait`. Does I/O; used by one thread at a time.
package struct Socket: ~Copyable, Sendable {
    /// The system's number, for a `Poller`.
    package let descriptor: Int32

    /// Takes over an open, non-blocking descriptor.
    package init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Gives the descriptor away: whoever takes it closes it.
    package consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private static func make(for address: SocketAddress) throws(SocketError) -> Socket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw .last("make a socket for", subject: "\(address)") }
        return Socket(adopting: descriptor)
    }

    // MARK: Listening

    /// A listening socket. Port 0 lets the system choose (`localAddress` tells).
    package static func listen(host: String, port: UInt16, backlog: Int32 = 1_024) throws(SocketError) -> Socket {
        var failure = SocketError("listen", 0, subject: host)
        for address in try SocketAddress.resolve(host: host, port: port, forListening: true) {
            do throws(SocketError) {
                let socket = try make(for: address)
                socket.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
                // "::" is to serve IPv4 as well, whatever the system's default.
                if address.isIPv6 { socket.setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
                guard address.withPointer({ bind(socket.descriptor, $0, $1) }) == 0 else {
                    throw SocketError.last("bind", subject: "\(address)")
                }
                guard Glibc.listen(socket.descriptor, backlog) == 0 else {
                    throw SocketError.last("listen on", subject: "\(address)")
                }
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The next connection that waits, with its peer; nil where none does. A connection that broke meanwhile is passed
    /// over.
    package borrowing func accept() throws(SocketError) -> (descriptor: Int32, peer: SocketAddress)? {
        while true {
            var accepted: Int32 = -1
            do throws(SocketAddress.Int32Error) {
                let listener = descriptor
                let peer = try SocketAddress { pointer, length in
                    accepted = millrace_accept(listener, pointer, length)
                    return accepted
                }
                return (accepted, peer)
            } catch {
                switch error.value {
                case EAGAIN, EWOULDBLOCK: return nil
                case EINTR, ECONNABORTED, EPROTO: continue
                default: throw SocketError("accept", error.value)
                }
            }
        }
    }

    /// Refuses connections from now on; the port is free for others.
    package borrowing func stopListening() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    // MARK: Connecting

    /// Begins to connect; once the socket is writable, `connectionFailure` says whether it has.
    package static func beginConnecting(to address: SocketAddress) throws(SocketError) -> Socket {
        let socket = try make(for: address)
        let result = address.withPointer { Glibc.connect(socket.descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS || errno == EINTR else {
            throw .last("connect to", subject: "\(address)")
        }
        return socket
    }

    /// Why connecting has failed; nil where it has not.
    package borrowing func connectionFailure() -> SocketError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("connect") }
        return code == 0 ? nil : SocketError("connect", code)
    }

    /// Sleeps until the socket can be read or written, at most so long; for clients with a thread of their own.
    /// Returns whether it can (or has failed: the next call tells).
    package borrowing func wait(forReading: Bool, forWriting: Bool, milliseconds: Int32) -> Bool {
        var entry = pollfd(
            fd: descriptor, events: Int16(forReading ? POLLIN : 0) | Int16(forWriting ? POLLOUT : 0), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    // MARK: Options and names

    private borrowing func setOption(_ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Small writes go out at once: answers must not wait for acknowledgements.
    package borrowing func setNoDelay() { setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

    /// Has the system look whether a silent peer is still there.
    package borrowing func setKeepAlive() { setOption(SOL_SOCKET, SO_KEEPALIVE, 1) }

    /// How many bytes the system may hold for the socket; for tests of slow peers.
    package borrowing func setBufferSizes(send: Int32, receive: Int32) {
        setOption(SOL_SOCKET, SO_SNDBUF, send)
        setOption(SOL_SOCKET, SO_RCVBUF, receive)
    }

    /// Where the socket is bound.
    package borrowing func localAddress() throws(SocketError) -> SocketAddress {
        do {
            let descriptor = descriptor
            return try SocketAddress { getsockname(descriptor, $0, $1) }
        } catch {
            throw SocketError("ask the address of a socket", error.value)
        }
    }
}
