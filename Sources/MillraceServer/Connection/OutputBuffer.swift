internal import MillraceCore
internal import MillraceProtocol

/// A part of an answer that does not lie in the writer: it fills one of the writer's gaps.
enum AnswerSlice {
    /// Bytes that are copied behind what is to be sent.
    case bytes(SharedBuffer, Range<Int>)
    /// Bytes of a file, which go from there to the socket.
    case file(FileSlice)

    var byteCount: Int {
        switch self {
        case .bytes(_, let range): range.count
        case .file(let slice): slice.byteCount
        }
    }
}

/// Bytes of an open file, which is held open.
struct FileSlice {
    let file: any DiskFile
    var position: Int64
    var byteCount: Int
}

/// What is to be written to a connection: bytes in memory, cut by slices of files. Pure; owned by one connection, used
/// on its loop's thread. Answers that are ready together lie behind each other, so that one call writes them.
struct OutputBuffer: ~Copyable {
    /// What is to be written next.
    enum Piece {
        /// - Parameter moreFollows: a slice comes right behind.
        case bytes(SharedBuffer, Range<Int>, moreFollows: Bool)
        /// - Parameter moreFollows: bytes or another slice come right behind.
        case file(FileSlice, moreFollows: Bool)
    }

    private struct Cut {
        /// Before which byte of `buffer` the slice belongs.
        let position: Int
        var slice: FileSlice
    }

    /// So many bytes that have been written may lie before those that have not.
    static let writtenBytesMax = 256 << 10

    /// Nil where nothing is to be written.
    private var buffer: SharedBuffer?
    /// How much of `buffer` has been written.
    private var position = 0
    private var cuts: [Cut] = []
    private var nextCut = 0
    /// Bytes that are still to be written, those of files included.
    private(set) var byteCount = 0
    /// Bytes of memory that it holds.
    var heldByteCount: Int { buffer?.count ?? 0 }

    init() {}

    var isEmpty: Bool { byteCount == 0 }

    /// Appends an answer.
    ///
    /// - Parameter slices: one for each gap, in its order.
    mutating func append(
        _ bytes: RawSpan, gaps: [WireWriter.Gap], slices: [AnswerSlice], _ buffers: LoopBuffers
    ) {
        precondition(slices.count == gaps.count, "\(slices.count) slices for \(gaps.count) gaps")
        var start = 0
        for (gap, slice) in zip(gaps, slices) {
            precondition(gap.byteCount == slice.byteCount, "\(slice.byteCount) bytes for a gap of \(gap.byteCount)")
            append(bytes.extracting(start..<gap.position), buffers)
            switch slice {
            case .bytes(let source, let range): append(source.bytes.extracting(range), buffers)
            case .file(let slice): append(slice)
            }
            start = gap.position
        }
        append(bytes.extracting(start..<bytes.byteCount), buffers)
    }

    mutating func append(_ bytes: RawSpan, _ buffers: LoopBuffers) {
        guard bytes.byteCount > 0 else { return }
        if position >= Self.writtenBytesMax { forgetWritten(buffers) }
        let buffer = buffer ?? buffers.take(capacity: max(bytes.byteCount, 1 << 10))
        self.buffer = buffer
        buffer.fill { $0.append(bytes) }
        byteCount += bytes.byteCount
    }

    /// A client that is always a little behind must not make the buffer grow for ever.
    private mutating func forgetWritten(_ buffers: LoopBuffers) {
        guard let old = buffer else { return }
        let rest = old.bytes.extracting(position..<old.count)
        let fresh = buffers.take(capacity: max(rest.byteCount, 1 << 10))
        fresh.fill { $0.append(rest) }
        buffers.giveBack(old)
        buffer = fresh
        cuts.removeFirst(nextCut)
        nextCut = 0
        cuts = cuts.map { Cut(position: $0.position - position, slice: $0.slice) }
        position = 0
    }

    private mutating func append(_ slice: FileSlice) {
        cuts.append(Cut(position: buffer?.count ?? 0, slice: slice))
        byteCount += slice.byteCount
    }

    /// Nil where all has been written.
    func next() -> Piece? {
        let cut = nextCut < cuts.count ? cuts[nextCut] : nil
        if let cut, cut.position == position {
            return .file(cut.slice, moreFollows: byteCount > cut.slice.byteCount)
        }
        guard let buffer, position < buffer.count else { return nil }
        return .bytes(buffer, position..<(cut?.position ?? buffer.count), moreFollows: cut != nil)
    }

    /// So many bytes of what `next` says have been written.
    mutating func advance(by count: Int, _ buffers: LoopBuffers) {
        precondition(count <= byteCount, "\(count) of \(byteCount) bytes written")
        byteCount -= count
        if nextCut < cuts.count, cuts[nextCut].position == position {
            cuts[nextCut].slice.position += Int64(count)
            cuts[nextCut].slice.byteCount -= count
            if cuts[nextCut].slice.byteCount == 0 { nextCut += 1 }
        } else {
            position += count
        }
        if byteCount == 0 { discard(buffers) }
    }

    /// Forgets everything.
    mutating func discard(_ buffers: LoopBuffers) {
        if let buffer { buffers.giveBack(buffer) }
        buffer = nil
        position = 0
        cuts.removeAll(keepingCapacity: cuts.count <= 16)
        nextCut = 0
        byteCount = 0
    }
}
