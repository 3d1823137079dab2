internal import MillraceCore
internal import MillraceProtocol

/// Puts answers into the order of their requests. Pure; owned by one connection, used on its loop's thread.
struct AnswerQueue: ~Copyable {
    private enum Slot {
        case open
        /// No answer is to be given.
        case nothing
        /// Complete, but an older request is not.
        case ready(SharedBuffer, gaps: [WireWriter.Gap], slices: [AnswerSlice])
    }

    /// The number of the oldest request that is not answered.
    private var first: UInt64 = 0
    /// Of the requests from `first` on; those before `head` are past.
    private var slots: [Slot] = []
    private var head = 0

    init() {}

    /// Requests whose answers have not gone to the output.
    var count: Int { slots.count - head }

    /// A request begins; returns its number.
    mutating func open() -> UInt64 {
        slots.append(.open)
        return first + UInt64(count) - 1
    }

    /// The answer to a request, or nil where it gets none. What is complete now, in order, goes to `output`.
    mutating func complete(
        _ sequence: UInt64, _ writer: borrowing WireWriter, slices: [AnswerSlice], isOmitted: Bool = false,
        to output: inout OutputBuffer, _ buffers: LoopBuffers
    ) {
        precondition(
            sequence >= first && sequence < first + UInt64(count), "request \(sequence) is not open (\(first) on)")
        guard sequence == first else {
            slots[head + Int(sequence - first)] =
                isOmitted ? .nothing : store(writer, slices: slices, buffers)
            return
        }
        if !isOmitted { output.append(writer.bytes.bytes, gaps: writer.gaps, slices: slices, buffers) }
        pop()
        while head < slots.count {
            switch slots[head] {
            case .open: return
            case .nothing: break
            case .ready(let bytes, let gaps, let slices):
                output.append(bytes.bytes, gaps: gaps, slices: slices, buffers)
                buffers.giveBack(bytes)
            }
            pop()
        }
    }

    private mutating func pop() {
        slots[head] = .nothing
        head += 1
        first += 1
        if head == slots.count {
            slots.removeAll(keepingCapacity: slots.capacity <= 64)
            head = 0
        } else if head >= 64 {
            slots.removeFirst(head)
            head = 0
        }
    }

    /// Keeps an answer until its turn. Bytes that are only lent come into it; files stay where they are.
    private func store(
        _ writer: borrowing WireWriter, slices: [AnswerSlice], _ buffers: LoopBuffers
    ) -> Slot {
        precondition(slices.count == writer.gaps.count, "\(slices.count) slices for \(writer.gaps.count) gaps")
        let stored = buffers.take(capacity: writer.bytes.count)
        var gaps: [WireWriter.Gap] = []
        var files: [AnswerSlice] = []
        var start = 0
        for (gap, slice) in zip(writer.gaps, slices) {
            let before = writer.bytes.bytes.extracting(start..<gap.position)
            stored.fill { $0.append(before) }
            switch slice {
            case .bytes(let source, let range):
                let bytes = source.bytes.extracting(range)
                stored.fill { $0.append(bytes) }
            case .file:
                gaps.append(WireWriter.Gap(position: stored.count, byteCount: gap.byteCount))
                files.append(slice)
            }
            start = gap.position
        }
        let rest = writer.bytes.bytes.extracting(start..<writer.bytes.count)
        stored.fill { $0.append(rest) }
        return .ready(stored, gaps: gaps, slices: files)
    }
}
