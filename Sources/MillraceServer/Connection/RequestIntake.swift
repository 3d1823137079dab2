internal import MillraceCore
internal import MillraceProtocol

/// Bytes in, whole frames out: `i32 length · length bytes`, again and again. Pure; owned by one connection, used on
/// its loop's thread.
///
/// Bytes arrive in a buffer that all connections of a loop share. Frames that are whole in it are handled there, in
/// place. Only the beginning of a frame that has not come whole is kept, in a buffer of the connection's own, which
/// grows with the bytes that have really come and is given back with the end of the frame. So a connection at rest
/// holds no buffer.
///
///     intake.begin(with: shared)                       // what was read
///     while let frame = try intake.next() { … }        // or stop in between: the rest is kept
///     intake.end(buffers)
struct RequestIntake: ~Copyable {
    /// A frame that cannot be.
    struct InvalidLength: Error, Hashable {
        let length: Int
        let limit: Int
    }

    /// A whole frame, without its length.
    struct Frame {
        let buffer: SharedBuffer
        let range: Range<Int>
    }

    /// An unfinished frame first gets room for so many bytes at most, whatever length it claims.
    static let firstRoomMax = 256 << 10

    /// Most bytes of a frame; less before authentication.
    var frameBytesMax: Int
    /// What has come and was not handled; nil where there is nothing.
    private var kept: SharedBuffer?
    /// Where in `kept` the first frame begins that was not handled.
    private var keptPosition = 0
    /// What was just read.
    private var shared: SharedBuffer?
    private var sharedPosition = 0

    init(frameBytesMax: Int) { self.frameBytesMax = frameBytesMax }

    /// Bytes that are kept.
    var keptByteCount: Int { (kept?.count ?? 0) - keptPosition }

    /// Where the rest of the unfinished frame can be read to in place, and at most how much; nil where none is kept.
    func room() -> (buffer: SharedBuffer, limit: Int)? {
        guard let kept, keptPosition == 0, let missing = Self.missing(in: kept, at: 0), missing > 0 else { return nil }
        // No more than doubles it: a length that is only claimed must not cost memory.
        return (kept, min(missing, max(Self.firstRoomMax, kept.count)))
    }

    mutating func begin(with shared: SharedBuffer) {
        self.shared = shared
        sharedPosition = 0
    }

    /// The next frame; valid until the next call. Nil where it has not come whole.
    mutating func next() throws(InvalidLength) -> Frame? {
        if let kept {
            if keptPosition == kept.count {
                kept.fill { $0.removeAll() }
                keptPosition = 0
            } else if let frame = try frame(in: kept, at: keptPosition) {
                keptPosition = frame.range.upperBound
                return frame
            }
            if kept.count > 0 {
                guard try completeKept(kept), let frame = try frame(in: kept, at: keptPosition) else { return nil }
                keptPosition = frame.range.upperBound
                return frame
            }
        }
        guard let shared, let frame = try frame(in: shared, at: sharedPosition) else { return nil }
        sharedPosition = frame.range.upperBound
        return frame
    }

    /// Keeps what was not handled, and gives back what is not needed.
    mutating func end(_ buffers: LoopBuffers) {
        if let old = kept, keptPosition > 0 {
            let rest = old.count - keptPosition
            kept = nil
            if rest > 0 { keep(old, from: keptPosition, buffers) }
            keptPosition = 0
            buffers.giveBack(old)
        } else if let empty = kept, empty.count == 0 {
            kept = nil
            buffers.giveBack(empty)
        }
        if let shared, sharedPosition < shared.count { keep(shared, from: sharedPosition, buffers) }
        shared = nil
        sharedPosition = 0
    }

    /// Gives everything back.
    mutating func discard(_ buffers: LoopBuffers) {
        if let kept { buffers.giveBack(kept) }
        kept = nil
        shared = nil
        keptPosition = 0
    }

    // MARK: Steps

    private mutating func keep(_ source: SharedBuffer, from position: Int, _ buffers: LoopBuffers) {
        let rest = source.bytes.extracting(position..<source.count)
        if kept == nil {
            let whole = Self.length(in: source, at: position).map { $0 + Self.prefix } ?? 0
            kept = buffers.take(capacity: max(rest.byteCount, min(whole, Self.firstRoomMax)))
        }
        kept?.fill { $0.append(rest) }
    }

    /// Adds to the unfinished frame what `shared` has of it; returns whether the frame is whole then.
    private mutating func completeKept(_ kept: SharedBuffer) throws(InvalidLength) -> Bool {
        if kept.count - keptPosition < Self.prefix { move(Self.prefix - (kept.count - keptPosition), to: kept) }
        guard let missing = Self.missing(in: kept, at: keptPosition) else { return false }
        try check(kept, at: keptPosition)
        move(missing, to: kept)
        return Self.missing(in: kept, at: keptPosition) == 0
    }

    private mutating func move(_ wanted: Int, to kept: SharedBuffer) {
        guard let shared else { return }
        let count = min(wanted, shared.count - sharedPosition)
        guard count > 0 else { return }
        let bytes = shared.bytes.extracting(sharedPosition..<(sharedPosition + count))
        kept.fill { $0.append(bytes) }
        sharedPosition += count
    }

    private func frame(in buffer: SharedBuffer, at position: Int) throws(InvalidLength) -> Frame? {
        guard let length = Self.length(in: buffer, at: position) else { return nil }
        try check(buffer, at: position)
        let start = position + Self.prefix
        guard buffer.count - start >= length else { return nil }
        return Frame(buffer: buffer, range: start..<(start + length))
    }

    private func check(_ buffer: SharedBuffer, at position: Int) throws(InvalidLength) {
        guard let length = Self.length(in: buffer, at: position) else { return }
        guard length >= 0, length <= frameBytesMax else { throw InvalidLength(length: length, limit: frameBytesMax) }
    }

    private static var prefix: Int { MillraceProtocol.Frame.lengthByteCount }

    /// Of the frame at `position`; nil where not even that has come.
    private static func length(in buffer: SharedBuffer, at position: Int) -> Int? {
        var reader = ByteReader(position: position)
        return (try? reader.read(Int32.self, from: buffer.bytes)).map(Int.init)
    }

    /// Bytes that the frame at `position` still lacks; nil where its length has not come.
    private static func missing(in buffer: SharedBuffer, at position: Int) -> Int? {
        length(in: buffer, at: position).map { max(0, prefix + $0 - (buffer.count - position)) }
    }
}
