internal import Glibc

/// From a file to a socket, without a copy through this program. Does I/O; neither way waits for the socket.
///
/// There are two ways. `sendfile` lends the pages of the page cache to the socket: nothing is copied here, but the
/// system hands them over sixteen at a time, each time as a packet of its own. To another machine that costs little. A
/// peer on the same machine is woken for most of these packets, and a wake-up costs more than copying their 64 KiB.
/// Written from a mapping, the bytes are copied once, by the system, and the peer finds them all
/// (docs/benchmarks.md, "From file to socket").
extension Socket {
    /// Has the system send bytes of a file as they lie in the page cache (sendfile(2)): for peers on other machines.
    package borrowing func write(
        file: Int32, position: Int64, count: Int
    ) throws(SocketError) -> TransferResult {
        let descriptor = descriptor
        var offset = off_t(position)
        let (total, failure) = withUnsafeMutablePointer(to: &offset) { pointer in
            Self.retrying { sendfile(descriptor, file, pointer, count) }
        }
        if total == 0 { throw SocketError("send a file", EIO) }
        return try Self.result(total, failure, "send a file", zeroIsEnd: false)
    }

    /// Has the system copy bytes of a file from the page cache into the socket: for peers on this machine. The bytes
    /// are mapped for the time of the call and never looked at by the program, so a file that was cut, or a disk that
    /// fails, is an error here and no signal.
    ///
    /// - Parameter moreFollows: more is written at once, so that the system need not send a small packet.
    package borrowing func write(
        mapping file: Int32, position: Int64, count: Int, moreFollows: Bool
    ) throws(SocketError) -> TransferResult {
        let descriptor = descriptor
        let within = Int(position) % Self.pageBytes
        let length = within + count
        let mapping = mmap(nil, length, PROT_READ, MAP_SHARED, file, off_t(position) - off_t(within))
        guard let mapping, mapping != MAP_FAILED else {
            // A file system without mappings, or too many of them.
            return try write(file: file, position: position, count: count)
        }
        defer { munmap(mapping, length) }
        // Has the system read ahead where the pages are not in memory.
        madvise(mapping, length, MADV_SEQUENTIAL)
        let flags = Int32(MSG_NOSIGNAL) | (moreFollows ? Int32(MSG_MORE) : 0)
        let (total, failure) = Self.retrying { send(descriptor, mapping + within, count, flags) }
        if failure == EFAULT { throw SocketError("send a file", EIO) }
        return try Self.result(total, failure, "send a file", zeroIsEnd: false)
    }

    private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
}
