internal import Glibc
internal import Synchronization

/// An open POSIX file, closed at the latest when nobody refers to it any more. Does I/O; positions are passed, so
/// reads and writes of several threads do not disturb each other.
final class FileSystemFile: DiskFile {
    let path: String
    /// -1 once closed.
    private let descriptor: Atomic<Int32>

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Atomic(descriptor)
    }

    deinit { close() }

    func close() {
        let open = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if open >= 0 { _ = Glibc.close(open) }
    }

    var systemDescriptor: Int32? {
        let open = descriptor.load(ordering: .relaxed)
        return open >= 0 ? open : nil
    }

    func size() throws(DiskError) -> Int64 {
        var status = stat()
        if unsafe fstat(descriptor.load(ordering: .relaxed), &status) != 0 {
            throw DiskError.fromErrno("size", path)
        }
        return Int64(status.st_size)
    }

    func read(at position: Int64, length: Int, into buffer: inout ByteWriter) throws(DiskError) -> Int {
        guard length > 0 else { return 0 }
        let open = descriptor.load(ordering: .relaxed)
        return try unsafe buffer.append(upTo: length) {
            (room: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int in
            guard let start = room.baseAddress else { return 0 }
            var filled = 0
            while filled < length {
                let count = unsafe pread(open, start + filled, length - filled, off_t(position) + off_t(filled))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw DiskError.fromErrno("read", path)
                }
                if count == 0 { break }
                filled += count
            }
            return filled
        }
    }

    func write(at position: Int64, _ bytes: RawSpan) throws(DiskError) {
        let open = descriptor.load(ordering: .relaxed)
        try unsafe bytes.withUnsafeBytes { (source: UnsafeRawBufferPointer) throws(DiskError) in
            guard let start = source.baseAddress else { return }
            var written = 0
            while written < source.count {
                let count = unsafe pwrite(
                    open, start + written, source.count - written, off_t(position) + off_t(written))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw DiskError.fromErrno("write", path)
                }
                if count == 0 { throw DiskError(.inputOutput, path: path, operation: "write") }
                written += count
            }
        }
    }

    func truncate(to size: Int64) throws(DiskError) {
        let open = descriptor.load(ordering: .relaxed)
        _ = try retrying("truncate", path) { ftruncate(open, off_t(size)) }
    }

    func sync() throws(DiskError) {
        let open = descriptor.load(ordering: .relaxed)
        _ = try retrying("sync", path) { fdatasync(open) }
    }
}
