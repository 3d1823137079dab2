internal import Glibc
package import MillraceCore

/// How a read or a write went.
package enum TransferResult: Hashable, Sendable {
    /// So many bytes; at least one.
    case moved(Int)
    /// Nothing can be moved now: wait until the socket is ready.
    case wouldBlock
    /// The peer has closed its side; only reading tells.
    case ended
}

/// Reading and writing. None of it waits.
extension Socket {
    /// Reads into two places with one call: to the end of `first`, at most `firstLimit` bytes, and what is left to the
    /// end of `second`.
    package borrowing func read(
        into first: SharedBuffer, limit firstLimit: Int, then second: SharedBuffer, limit secondLimit: Int
    ) throws(SocketError) -> TransferResult {
        let descriptor = descriptor
        var total = 0
        var failure: Int32 = 0
        _ = first.fill { (writer: inout ByteWriter) in
            writer.append(upTo: firstLimit) { (firstRoom: UnsafeMutableRawBufferPointer) -> Int in
                _ = second.fill { (other: inout ByteWriter) in
                    other.append(upTo: secondLimit) { (secondRoom: UnsafeMutableRawBufferPointer) -> Int in
                        var rooms = (
                            iovec(iov_base: firstRoom.baseAddress, iov_len: firstRoom.count),
                            iovec(iov_base: secondRoom.baseAddress, iov_len: secondRoom.count)
                        )
                        (total, failure) = withUnsafePointer(to: &rooms) {
                            $0.withMemoryRebound(to: iovec.self, capacity: 2) { list in
                                Self.retrying { readv(descriptor, list, 2) }
                            }
                        }
                        return max(0, total - firstLimit)
                    }
                }
                return max(0, min(total, firstLimit))
            }
        }
        return try Self.result(total, failure, "read", zeroIsEnd: true)
    }

    /// Reads to the end of `buffer`, at most `limit` bytes.
    package borrowing func read(into buffer: SharedBuffer, limit: Int) throws(SocketError) -> TransferResult {
        let descriptor = descriptor
        var total = 0
        var failure: Int32 = 0
        _ = buffer.fill { (writer: inout ByteWriter) in
            writer.append(upTo: limit) { (room: UnsafeMutableRawBufferPointer) -> Int in
                (total, failure) = Self.retrying { recv(descriptor, room.baseAddress, room.count, 0) }
                return max(0, total)
            }
        }
        return try Self.result(total, failure, "read", zeroIsEnd: true)
    }

    /// Writes the beginning of `bytes`, as much as the system takes.
    ///
    /// - Parameter moreFollows: more is written at once, so that the system need not send a small packet.
    package borrowing func write(_ bytes: RawSpan, moreFollows: Bool = false) throws(SocketError) -> TransferResult {
        let descriptor = descriptor
        let flags = Int32(MSG_NOSIGNAL) | (moreFollows ? Int32(MSG_MORE) : 0)
        let (total, failure) = bytes.withUnsafeBytes { source in
            Self.retrying { send(descriptor, source.baseAddress, source.count, flags) }
        }
        return try Self.result(total, failure, "write", zeroIsEnd: false)
    }

    /// Says that nothing more will be written; the peer reads the end.
    package borrowing func finishWriting() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    static func retrying(_ call: () -> Int) -> (Int, Int32) {
        while true {
            let result = call()
            if result >= 0 { return (result, 0) }
            if errno != EINTR { return (result, errno) }
        }
    }

    static func result(
        _ total: Int, _ failure: Int32, _ operation: String, zeroIsEnd: Bool
    ) throws(SocketError) -> TransferResult {
        if total > 0 { return .moved(total) }
        if total == 0 { return zeroIsEnd ? .ended : .wouldBlock }
        guard failure == EAGAIN || failure == EWOULDBLOCK else { throw SocketError(operation, failure) }
        return .wouldBlock
    }
}
