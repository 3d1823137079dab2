internal import Glibc
internal import MillraceCore

/// Lines of a file or of standard input. Does I/O; it waits for input in short turns, so that whoever reads can look
/// at other things between them. Owned by one thread.
struct LineReader: ~Copyable {
    enum Next {
        /// Without its end.
        case line(ArraySlice<UInt8>)
        /// Nothing has come yet.
        case nothingYet
        case end
    }

    private let descriptor: Int32
    private let isOwned: Bool
    private var pending: [UInt8] = []
    /// Where in `pending` the next line begins.
    private var start = 0
    private var hasEnded = false
    private static let pieceByteCount = 64 << 10

    /// Standard input.
    init() {
        descriptor = 0
        isOwned = false
    }

    init(path: String) throws(CommandFailure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        isOwned = true
        guard descriptor >= 0 else {
            throw CommandFailure("cannot read \(path): \(String(cString: strerror(errno)))", exitCode: .usage)
        }
    }

    deinit { if isOwned && descriptor >= 0 { close(descriptor) } }

    /// The next line; waits a tenth of a second for input.
    mutating func next() throws(CommandFailure) -> Next {
        while true {
            if let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return .line(withoutReturn(pending[start..<end]))
            }
            if hasEnded {
                guard start < pending.count else { return .end }
                defer { start = pending.count }
                return .line(withoutReturn(pending[start...]))
            }
            guard try fill() else { return .nothingYet }
        }
    }

    private func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// False where nothing has come.
    private mutating func fill() throws(CommandFailure) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 100) > 0 else { return false }
        pending.removeSubrange(..<start)
        start = 0
        let old = pending.count
        pending.append(contentsOf: repeatElement(0, count: LineReader.pieceByteCount))
        let count = pending.withUnsafeMutableBytes { room in
            read(descriptor, room.baseAddress.map { $0 + old }, LineReader.pieceByteCount)
        }
        pending.removeSubrange((old + max(0, count))...)
        if count < 0 && errno != EINTR && errno != EAGAIN {
            throw CommandFailure("reading failed: \(String(cString: strerror(errno)))")
        }
        hasEnded = count == 0
        return true
    }
}
