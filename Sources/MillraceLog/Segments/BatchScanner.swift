internal import MillraceCore

/// Why a scan stopped.
enum ScanError: Error {
    case disk(DiskError)
    /// The bytes at this position are no sound batch.
    case bad(RecordError, position: Int)

    /// The same as the log's error.
    func logError(path: String) -> LogError {
        switch self {
        case .disk(let error): .disk(error)
        case .bad(let error, let position): .corruptLog(path: path, position: Int64(position), error)
        }
    }
}

/// Walks over the batches of a `.log` file, reading ahead in pieces. Does I/O; owned by one caller.
struct BatchScanner: ~Copyable {
    private let file: any DiskFile
    private let end: Int
    private let pieceBytes: Int
    private var buffer: ByteWriter
    /// Where in the file the buffer begins.
    private var bufferStart: Int
    /// Where in the file the next batch begins.
    private(set) var position: Int
    /// Where in the file the batch lies that `next` returned last.
    private(set) var batchPosition: Int

    /// - Parameters:
    ///   - start: where a batch begins.
    ///   - end: the size of the file, as far as it is to be looked at.
    init(_ file: any DiskFile, from start: Int, to end: Int, pieceBytes: Int = 256 << 10) {
        self.file = file
        self.end = end
        self.pieceBytes = pieceBytes
        buffer = ByteWriter(capacity: max(RecordBatchHeader.byteCount, min(pieceBytes, max(0, end - start))))
        bufferStart = start
        position = start
        batchPosition = start
    }

    /// The bytes of the batch that `next` returned last.
    var batch: RawSpan {
        @_lifetime(borrow self)
        get { buffer.bytes.extracting((batchPosition - bufferStart)..<(position - bufferStart)) }
    }

    /// The header of the next batch; nil at the end of the file.
    mutating func next(verifyChecksum: Bool) throws(ScanError) -> RecordBatchHeader? {
        guard position < end else { return nil }
        try load(RecordBatchHeader.byteCount)
        do {
            var reader = ByteReader(position: position - bufferStart + 8)
            let length = Int((try? reader.read(Int32.self, from: buffer.bytes)) ?? 0)
            let total = max(length + RecordBatchHeader.prefixByteCount, RecordBatchHeader.byteCount)
            try load(total)
            let header = try RecordBatchHeader(from: buffer.bytes, at: position - bufferStart)
            if verifyChecksum { try header.verifyChecksum(of: buffer.bytes, at: position - bufferStart) }
            batchPosition = position
            position += header.totalByteCount
            return header
        } catch let error as ScanError {
            throw error
        } catch let error as RecordError {
            throw .bad(error, position: position)
        } catch {
            throw .bad(.malformed("\(error)"), position: position)
        }
    }

    /// Makes sure that the buffer holds `count` bytes from `position` on.
    private mutating func load(_ count: Int) throws(ScanError) {
        let held = bufferStart + buffer.count - position
        if held >= count { return }
        guard end - position >= count else {
            throw .bad(.truncated(needed: count, available: end - position), position: position)
        }
        buffer.removeAll()
        bufferStart = position
        do {
            let length = min(max(count, pieceBytes), end - position)
            guard try file.read(at: Int64(position), length: length, into: &buffer) >= count else {
                throw ScanError.bad(.truncated(needed: count, available: buffer.count), position: position)
            }
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as ScanError {
            throw error
        } catch {
            throw .bad(.malformed("\(error)"), position: position)
        }
    }
}
