/// The last offset of every key, by the key's hash: an open table that grows by doubling. 24 bytes a slot, at most
/// three of four slots in use. Pure; owned by one compaction.
struct KeyOffsets {
    private struct Slot {
        var high: UInt64 = 0
        var low: UInt64 = 0
        /// -1 while the slot is free.
        var offset: Int64 = -1
    }

    private var slots = [Slot](repeating: Slot(), count: 1_024)
    private(set) var count = 0

    /// Notes an offset; a key's offsets come in rising order.
    mutating func set(_ key: KeyHash, _ offset: Int64) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        let place = place(of: key)
        if slots[place].offset < 0 { count += 1 }
        slots[place] = Slot(high: key.high, low: key.low, offset: offset)
    }

    func offset(of key: KeyHash) -> Int64? {
        let offset = slots[place(of: key)].offset
        return offset < 0 ? nil : offset
    }

    /// Where the key lies, or would.
    private func place(of key: KeyHash) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: key.low) & mask
        while slots[place].offset >= 0, slots[place].low != key.low || slots[place].high != key.high {
            place = (place + 1) & mask
        }
        return place
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.offset >= 0 {
            var place = Int(truncatingIfNeeded: slot.low) & mask
            while slots[place].offset >= 0 { place = (place + 1) & mask }
            slots[place] = slot
        }
    }
}
