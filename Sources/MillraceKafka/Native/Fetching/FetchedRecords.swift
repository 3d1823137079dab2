internal import MillraceCore
internal import MillraceProtocol

/// What one answer brought of one partition: whole batches where they lie in the answer's frame, of which only the
/// headers have been looked at. Pure.
struct FetchedRecords {
    typealias Batch = (header: RecordBatchHeader, start: Int)

    let partition: TopicPartition
    private(set) var frame: SharedBuffer
    /// In the order of their offsets, with where they lie in the frame.
    private(set) var batches: [Batch]
    let byteCount: Int
    /// The first offset wanted; the first batch may begin earlier.
    let start: Int64
    /// The offset after the last batch.
    let next: Int64
    let highWatermark: Int64
    let lastStableOffset: Int64
    /// The end for this reader: one past the last record that it may see.
    let end: Int64
    /// Transactions that were aborted, by first offset.
    let aborted: [FetchResponse.AbortedTransaction]

    /// - Parameter start: what was asked for.
    /// - Throws: where the bytes are not batches, or not those that were asked for.
    init(
        _ answer: FetchResponse.Partition, of partition: TopicPartition, in frame: SharedBuffer, from start: Int64,
        isolation: IsolationLevel
    ) throws(RecordError) {
        self.partition = partition
        self.frame = frame
        self.start = start
        if case .inFrame(let range) = answer.records {
            batches = try FetchedRecords.batches(
                in: frame.bytes.extracting(0..<range.upperBound), from: range.lowerBound)
        } else {
            batches = []
        }
        next = batches.last?.header.nextOffset.rawValue ?? start
        guard batches.isEmpty || next > start else {
            throw .malformed("offset \(start) was asked for, and the last one that came is \(next - 1)")
        }
        byteCount = batches.reduce(0) { $0 + $1.header.totalByteCount }
        highWatermark = max(answer.highWatermark, 0)
        lastStableOffset = answer.lastStableOffset < 0 ? highWatermark : answer.lastStableOffset
        end = isolation == .readCommitted ? lastStableOffset : highWatermark
        aborted = (answer.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }
    }

    /// The same in another buffer, which must be empty.
    func copied(into buffer: SharedBuffer) -> FetchedRecords {
        var copies: [Batch] = []
        copies.reserveCapacity(batches.count)
        let frame = frame
        buffer.fill { writer in
            for (header, start) in batches {
                copies.append((header, writer.count))
                writer.append(frame.bytes.extracting(start..<(start + header.totalByteCount)))
            }
        }
        var copy = self
        copy.frame = buffer
        copy.batches = copies
        return copy
    }

    /// A broker may cut the last batch short where the limit of bytes falls into it.
    private static func batches(in bytes: RawSpan, from start: Int) throws(RecordError) -> [Batch] {
        var batches: [Batch] = []
        var position = start
        var next: Int64 = 0
        while position < bytes.byteCount {
            let header: RecordBatchHeader
            do throws(RecordError) {
                header = try RecordBatchHeader(from: bytes, at: position)
            } catch .truncated {
                break
            }
            guard header.baseOffset.rawValue >= next else {
                throw .malformed("a batch of offset \(header.baseOffset) behind offset \(next - 1)")
            }
            batches.append((header, position))
            position += header.totalByteCount
            next = header.nextOffset.rawValue
        }
        return batches
    }
}
