import MillraceCore
import MillraceProtocol
import MillraceSimulation

/// A partition's log as a broker would have it, in memory: batches of several producers, transactions that end one way
/// or the other, markers, gaps. It knows which records a reader is to see.
struct ModelLog {
    struct Batch {
        var bytes: [UInt8]
        var base: Int64
        var last: Int64
    }

    struct Aborted {
        var producer: Int64
        var first: Int64
        var last: Int64
    }

    private(set) var batches: [Batch] = []
    private(set) var end: Int64 = 0
    private(set) var aborted: [Aborted] = []
    var epoch: Int32 = 0
    /// Where the open transactions begin, by producer.
    private var open: [Int64: Int64] = [:]
    private var records: [(offset: Int64, producer: Int64?)] = []

    var lastStableOffset: Int64 { open.values.min() ?? end }

    func isAborted(_ producer: Int64?, at offset: Int64) -> Bool {
        aborted.contains { $0.producer == producer && $0.first <= offset && offset <= $0.last }
    }

    /// Offsets of the records of a range that a reader is to see.
    func visible(_ range: Range<Int64>, _ isolation: IsolationLevel) -> [Int64] {
        records.filter { record in
            range.contains(record.offset)
                && (isolation == .readUncommitted || !isAborted(record.producer, at: record.offset))
        }.map(\.offset)
    }

    /// Something that may happen to a log.
    mutating func grow(_ dice: inout SeededGenerator) {
        let producer = Int64.random(in: 1...3, using: &dice)
        switch Int.random(in: 0..<10, using: &dice) {
        case 0..<4:
            if dice.once(in: 3) { end += Int64.random(in: 1...5, using: &dice) }
            append(count: Int.random(in: 1...4, using: &dice), producer: nil, &dice)
        case 4..<7: append(count: Int.random(in: 1...3, using: &dice), producer: producer, &dice)
        default: end(producer, dice.once(in: 2) ? .abort : .commit)
        }
    }

    mutating func append(count: Int, producer: Int64?, _ dice: inout SeededGenerator) {
        var builder = RecordBatchBuilder()
        for index in 0..<count {
            let value = Array("\(end + Int64(index))".utf8)
            builder.append(timestamp: Timestamp(1_000), key: nil, value: value.span.bytes)
            records.append((end + Int64(index), producer))
        }
        let codec: Compression = dice.once(in: 4) ? .lz4 : .none
        builder.seal(
            producer: producer.map { ProducerIdentity(id: $0, epoch: 0) } ?? .none, baseSequence: -1,
            isTransactional: producer != nil, compression: codec)
        if let producer, open[producer] == nil { open[producer] = end }
        add(builder.bytes, count: Int64(count))
    }

    /// Writes the marker of an open transaction; nothing where there is none.
    mutating func end(_ producer: Int64, _ outcome: TransactionOutcome) {
        guard let first = open.removeValue(forKey: producer) else { return }
        if outcome == .abort { aborted.append(Aborted(producer: producer, first: first, last: end)) }
        var builder = RecordBatchBuilder()
        ControlRecord(outcome, coordinatorEpoch: 0).write(
            into: &builder, producer: ProducerIdentity(id: producer, epoch: 0), timestamp: Timestamp(1_000))
        add(builder.bytes, count: 1)
    }

    mutating func endAll() {
        for producer in open.keys.sorted() { end(producer, .commit) }
    }

    /// Base offset and leader epoch are the log's, and not under the checksum.
    private mutating func add(_ bytes: RawSpan, count: Int64) {
        var writer = ByteWriter()
        writer.append(bytes)
        writer.overwrite(at: 0, end)
        writer.overwrite(at: 12, epoch)
        batches.append(Batch(bytes: writer.copyBytes(), base: end, last: end + count - 1))
        end += count
    }

    /// Answers a fetch as brokers do: whole batches up to the limit, the first one in any case where `comesWhole`;
    /// perhaps with a piece of the next.
    func fetch(
        from offset: Int64, maxBytes: Int, comesWhole: Bool, _ isolation: IsolationLevel, endsTorn: Bool,
        into frame: SharedBuffer
    ) -> FetchResponse.Partition {
        var answer = FetchResponse.Partition()
        answer.highWatermark = end
        answer.lastStableOffset = lastStableOffset
        let limit = isolation == .readCommitted ? lastStableOffset : end
        let start = frame.count
        var last: Int64 = -1
        for batch in batches where batch.last >= offset && batch.base < limit {
            let fits = frame.count - start + batch.bytes.count <= maxBytes
            guard fits || comesWhole && frame.count == start else {
                if endsTorn, frame.count > start {
                    frame.fill { $0.append(contentsOf: Array(batch.bytes.prefix(batch.bytes.count / 2))) }
                }
                break
            }
            frame.fill { $0.append(contentsOf: batch.bytes) }
            last = batch.last
        }
        answer.records = .inFrame(start..<frame.count)
        answer.abortedTransactions =
            isolation == .readUncommitted
            ? nil
            : aborted.filter { $0.last >= offset && $0.first <= last }.map {
                var transaction = FetchResponse.AbortedTransaction()
                transaction.producerID = $0.producer
                transaction.firstOffset = $0.first
                return transaction
            }
        return answer
    }
}
