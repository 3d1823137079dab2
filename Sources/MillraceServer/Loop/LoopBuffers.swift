internal import MillraceCore

/// Buffers that the connections of a loop take while they have something to hold, and give back. Owned by one loop,
/// used on its thread. Does no I/O.
final class LoopBuffers {
    /// Most buffers that are kept for reuse.
    static let keptMax = 32
    /// Larger buffers go back to the system at once: one large request must not cost memory for ever.
    static let keptCapacityMax = 1 << 20

    private var free: [SharedBuffer] = []

    /// An empty buffer.
    func take(capacity: Int) -> SharedBuffer {
        guard let buffer = free.popLast() else { return SharedBuffer(capacity: max(capacity, 4 << 10)) }
        buffer.fill { $0.reserve(capacity) }
        return buffer
    }

    /// The buffer must not be used any more by who gives it back.
    func giveBack(_ buffer: SharedBuffer) {
        guard free.count < Self.keptMax, buffer.capacity <= Self.keptCapacityMax else { return }
        buffer.fill { $0.removeAll() }
        free.append(buffer)
    }
}
