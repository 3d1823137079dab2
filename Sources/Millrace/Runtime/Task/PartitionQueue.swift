public import MillraceCluster
public import MillraceCore

/// The fetched records of one partition that a task has not processed yet, read in place from the consumer's buffers.
/// It holds the fetches as they came and a cursor; a buffer is let go as soon as its last record has been taken.
/// Does no I/O; owned by the task's stream thread.
///
/// The record at the front is the *head*: decoded, with its timestamp known, so that the task can compare the heads of
/// its queues (SEMANTICS A7). Inside a partition records are taken in offset order whatever their timestamps.
public final class PartitionQueue {
    /// The partition whose records wait here.
    public let partition: TopicPartition
    /// Largest timestamp of any record processed of this partition; nil before the first (SEMANTICS A6).
    @exclusivity(unchecked)
    public private(set) var partitionTime: Timestamp?
    /// Records that are buffered, the head included.
    @exclusivity(unchecked)
    public private(set) var bufferedRecords = 0
    /// Set by the stream thread while it has paused the partition.
    var isPaused = false
    /// Records taken from the queue and processed.
    @exclusivity(unchecked)
    private(set) var processedRecords = 0
    /// One past the last offset the consumer is known to be able to read; nil while nothing is known of it.
    var knownEnd: Offset?

    private let sourceNumber: UInt32
    private let receiver: SourceReceiver
    private var waiting: [FetchedBatches] = []
    /// The fetch being read.
    @exclusivity(unchecked)
    private var buffer: SharedBuffer? {
        didSet {
            guard let buffer else { return view = nil }
            view = buffer.bytes.withUnsafeBytes { $0 }
        }
    }
    /// Its bytes, which are looked at for each record without retaining it. They stay put, since a fetch is only read.
    @exclusivity(unchecked)
    private var view: UnsafeRawBufferPointer?
    private var batches: [FetchedBatch] = []
    @exclusivity(unchecked)
    private var nextBatch = 0
    @exclusivity(unchecked)
    private var startOffset = Offset.zero
    @exclusivity(unchecked)
    private var cursor: RecordCursor?
    /// Where the next fetch begins.
    private var end: Offset?
    @exclusivity(unchecked)
    private var head: RecordSlot?
    /// Of the head; meaningless without one.
    @exclusivity(unchecked)
    private(set) var headTimestamp = Timestamp.epoch
    /// The record being prepared or processed, for error handlers.
    @exclusivity(unchecked)
    private var active: RecordSlot?

    /// An empty queue in front of a source.
    public init(partition: TopicPartition, receiver: SourceReceiver) {
        self.partition = partition
        self.receiver = receiver
        var name = ByteWriter()
        name.append(utf8: partition.topic)
        sourceNumber = Murmur2.hash(name.bytes) &+ UInt32(bitPattern: partition.partition)
    }

    /// Whether nothing waits.
    public var isEmpty: Bool { head == nil && bufferedRecords == 0 }
    var hasHead: Bool { head != nil }

    /// The position to commit: that of the first record not processed, or where the consumer goes on, past control
    /// records and gaps (SEMANTICS L2). Nil before anything was fetched or restored.
    public var position: Offset? {
        if let head { return head.offset }
        if let cursorless = waiting.first, buffer == nil { return cursorless.startOffset }
        return end
    }

    /// Appends a fetch. Fetches of a partition come in order.
    public func add(_ fetched: FetchedBatches) {
        precondition(fetched.partition == partition, "a fetch of \(fetched.partition) in the queue of \(partition)")
        end = fetched.nextOffset
        knownEnd = fetched.lastStableOffset
        guard !fetched.batches.isEmpty else { return }
        waiting.append(fetched)
        for batch in fetched.batches { bufferedRecords += Int(batch.header.recordCount) }
    }

    /// Drops what is buffered; the consumer goes on at `position`, which is kept.
    func dropBuffered() {
        end = position
        waiting.removeAll()
        release()
        head = nil
        active = nil
        bufferedRecords = 0
    }

    /// Takes over what was committed before this task was made.
    func restore(position: Offset?, partitionTime: Timestamp?) {
        if let position { end = position }
        if let partitionTime { self.partitionTime = partitionTime }
    }

    /// Decodes records until one can be the head; none remains where the queue is drained. Records that are passed
    /// over (undecodable and skipped, or negative timestamp) count as progress. Returns how many those were.
    func prepareHead(_ context: TaskContext) throws -> Int {
        precondition(head == nil, "\(partition) has a head already")
        var passedOver = 0
        while true {
            guard let slot = try nextSlot() else { return passedOver }
            active = slot
            context.enter(self)
            if let timestamp = try prepare(slot) {
                head = slot
                headTimestamp = timestamp
                return passedOver
            }
            passedOver += 1
        }
    }

    /// Sends the head down the chain. The next head has to be prepared afterwards.
    func processHead() throws {
        active = head
        head = nil
        if partitionTime.map({ headTimestamp > $0 }) ?? true { partitionTime = headTimestamp }
        processedRecords &+= 1
        try receiver.process()
    }

    private func prepare(_ slot: RecordSlot) throws -> Timestamp? {
        guard let buffer else { return nil }
        return try receiver.prepare(buffer.bytes, slot, partitionTime: partitionTime)
    }

    /// The next record in offset order, over batches and fetches.
    private func nextSlot() throws -> RecordSlot? {
        while true {
            if let view, cursor != nil {
                while let slot = try cursor?.next(in: view.bytes) {
                    bufferedRecords &-= 1
                    if slot.offset >= startOffset { return slot }
                }
                cursor = nil
            }
            if nextBatch < batches.count {
                let batch = batches[nextBatch]
                nextBatch += 1
                cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            } else if waiting.isEmpty {
                release()
                return nil
            } else {
                let fetched = waiting.removeFirst()
                buffer = fetched.buffer
                batches = fetched.batches
                nextBatch = 0
                startOffset = fetched.startOffset
            }
        }
    }

    private func release() {
        buffer = nil
        batches = []
        nextBatch = 0
        cursor = nil
    }
}

extension PartitionQueue {
    /// Where the record being prepared or processed came from.
    var activeSource: RecordSource? {
        active.map { RecordSource(topic: partition.topic, partition: partition.partition, offset: $0.offset) }
    }

    var activePosition: SourcePosition? {
        active.map { SourcePosition(source: sourceNumber, offset: $0.offset.rawValue) }
    }

    /// A copy of the bytes of the record being prepared or processed.
    func copyActiveRecord() -> RawRecord? {
        guard let active, let buffer else { return nil }
        let bytes = buffer.bytes
        return RawRecord(
            key: active.key.map { [UInt8](copying: bytes.extracting($0)) },
            value: active.value.map { [UInt8](copying: bytes.extracting($0)) },
            timestamp: active.timestamp, headers: (try? active.headers(in: bytes)) ?? .empty)
    }
}
