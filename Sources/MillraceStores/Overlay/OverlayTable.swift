/// A hash table of overlay entries: open addressing over an array of slots, entries side by side in the order of their
/// arrival, hashes cached in the slots. Entries keep their index until `rebuild`. Pure memory, one owner.
///
/// A slot is 0 (free), or the hash in the upper and the entry's index + 1 in the lower 32 bits.
@usableFromInline
struct OverlayTable<Key: Hashable, Value>: ~Copyable {
    @usableFromInline typealias Entry = OverlayEntry<Key, Value>
    @usableFromInline var entries: UnsafeMutablePointer<Entry>
    @usableFromInline var entryCapacity: Int
    @usableFromInline var count = 0
    @usableFromInline var slots: UnsafeMutablePointer<UInt64>
    @usableFromInline var slotMask: Int

    @inlinable
    init() {
        let slotCount = 16
        entryCapacity = slotCount / 2
        unsafe entries = .allocate(capacity: entryCapacity)
        unsafe slots = .allocate(capacity: slotCount)
        unsafe slots.initialize(repeating: 0, count: slotCount)
        slotMask = slotCount - 1
    }

    @inlinable
    deinit {
        unsafe entries.deinitialize(count: count)
        unsafe entries.deallocate()
        unsafe slots.deallocate()
    }

    /// The index of the key's entry, or -1.
    @inlinable
    @inline(__always)
    func find(_ key: Key, hash: UInt32) -> Int {
        var position = Int(hash) & slotMask
        while true {
            let slot = unsafe slots[position]
            if slot == 0 { return -1 }
            if UInt32(truncatingIfNeeded: slot &>> 32) == hash {
                let index = Int(slot & 0xffff_ffff) &- 1
                if OverlayHash.equal(unsafe entries[index].key, key) { return index }
            }
            position = (position &+ 1) & slotMask
        }
    }

    /// Adds an entry of which nothing is known, for a key that has none; returns its index.
    @inlinable
    mutating func insert(_ key: Key, hash: UInt32) -> Int {
        if count == entryCapacity { grow() }
        let index = count
        unsafe (entries + index).initialize(to: Entry(key: key, hash: hash))
        count &+= 1
        place(index, hash: hash)
        return index
    }

    @inlinable
    @inline(__always)
    func place(_ index: Int, hash: UInt32) {
        var position = Int(hash) & slotMask
        while unsafe slots[position] != 0 { position = (position &+ 1) & slotMask }
        unsafe slots[position] = UInt64(hash) &<< 32 | UInt64(index &+ 1)
    }

    @inlinable
    mutating func grow() {
        let newCapacity = entryCapacity * 2
        precondition(newCapacity < Int(UInt32.max), "an overlay of \(count) entries cannot grow")
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: newCapacity)
        unsafe larger.moveInitialize(from: entries, count: count)
        unsafe entries.deallocate()
        unsafe entries = larger
        entryCapacity = newCapacity
        resizeSlots()
    }

    @inlinable
    mutating func resizeSlots() {
        unsafe slots.deallocate()
        let slotCount = entryCapacity * 2
        unsafe slots = .allocate(capacity: slotCount)
        unsafe slots.initialize(repeating: 0, count: slotCount)
        slotMask = slotCount - 1
        for index in 0..<count { place(index, hash: unsafe entries[index].hash) }
    }

    /// Keeps the entries that `isKept` wants and gives back the memory of the others. Returns the new index of each old
    /// one (-1: gone), or nil where all were kept.
    @inlinable
    mutating func rebuild(keeping isKept: (inout Entry) -> Bool) -> [Int32]? {
        var newIndexes = [Int32](repeating: -1, count: count)
        var kept = 0
        for index in 0..<count where isKept(&(unsafe entries[index])) {
            newIndexes[index] = Int32(kept)
            kept += 1
        }
        guard kept < count else { return nil }
        var newCapacity = 8
        while newCapacity < kept { newCapacity *= 2 }
        let smaller = UnsafeMutablePointer<Entry>.allocate(capacity: newCapacity)
        for index in 0..<count {
            let target = Int(newIndexes[index])
            if target >= 0 {
                unsafe (smaller + target).moveInitialize(from: entries + index, count: 1)
            } else {
                unsafe (entries + index).deinitialize(count: 1)
            }
        }
        unsafe entries.deallocate()
        unsafe entries = smaller
        entryCapacity = newCapacity
        count = kept
        resizeSlots()
        return newIndexes
    }

    /// Bytes of the table itself, without what keys and values hold elsewhere.
    @inlinable var byteCount: Int {
        entryCapacity * MemoryLayout<Entry>.stride + (slotMask + 1) * MemoryLayout<UInt64>.stride
    }
}
