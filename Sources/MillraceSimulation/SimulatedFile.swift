/// One file of a simulated disk: what programs see, and how to get back to what the platter holds. A value; the disk
/// guards it.
struct SimulatedFile: Sendable {
    /// How to undo one write or truncation that no sync has covered.
    struct Undo: Sendable {
        var position: Int
        var oldBytes: [UInt8]
        var oldSize: Int
        /// What the operation wrote, and a crash may tear.
        var touched: Range<Int>
    }

    private(set) var bytes: [UInt8] = []
    private var undo: [Undo] = []
    /// Set once a sync has failed, until everything it was for has been written again and synced.
    private var lost: Lost?

    /// What a failed sync leaves behind: pages that look written and are not on the platter. No later sync brings them
    /// there, as Linux marks dirty pages clean after reporting their failure once (Rebello et al., "Can Applications
    /// Recover from fsync Failures?", 2020); only writing them again does.
    struct Lost: Sendable {
        var platter: [UInt8]
        var ranges: [Range<Int>]
    }

    mutating func write(_ new: ArraySlice<UInt8>, at position: Int) {
        let oldSize = bytes.count
        let end = position + new.count
        let start = min(position, oldSize)
        undo.append(
            Undo(
                position: start, oldBytes: Array(bytes[start..<max(start, min(end, oldSize))]), oldSize: oldSize,
                touched: start..<max(end, start)))
        if position > oldSize { bytes.append(contentsOf: repeatElement(0, count: position - oldSize)) }
        let overlap = max(0, min(bytes.count, end) - position)
        bytes.replaceSubrange(position..<(position + overlap), with: new)
    }

    mutating func truncate(to size: Int) {
        let oldSize = bytes.count
        guard size != oldSize else { return }
        if size < oldSize {
            undo.append(
                Undo(position: size, oldBytes: Array(bytes[size...]), oldSize: oldSize, touched: size..<size))
            bytes.removeSubrange(size...)
        } else {
            undo.append(Undo(position: oldSize, oldBytes: [], oldSize: oldSize, touched: oldSize..<size))
            bytes.append(contentsOf: repeatElement(0, count: size - oldSize))
        }
    }

    mutating func sync() {
        if var lost {
            // The size is the file system's own and becomes durable: unwritten pages within it read as zeros.
            if lost.platter.count > bytes.count { lost.platter.removeSubrange(bytes.count...) }
            lost.platter.append(contentsOf: repeatElement(0, count: bytes.count - lost.platter.count))
            for step in undo {
                let range = step.touched.clamped(to: 0..<bytes.count)
                lost.platter.replaceSubrange(range, with: bytes[range])
                lost.ranges = lost.ranges.flatMap { SimulatedFile.subtract(step.touched, from: $0) }
            }
            self.lost = lost.platter == bytes ? nil : lost
        }
        undo = []
    }

    mutating func failSync() {
        if lost == nil { lost = Lost(platter: platter, ranges: []) }
        lost?.ranges += undo.map(\.touched)
        undo = []
    }

    private static func subtract(_ hole: Range<Int>, from range: Range<Int>) -> [Range<Int>] {
        guard range.overlaps(hole) else { return [range] }
        var rest: [Range<Int>] = []
        if range.lowerBound < hole.lowerBound { rest.append(range.lowerBound..<hole.lowerBound) }
        if hole.upperBound < range.upperBound { rest.append(hole.upperBound..<range.upperBound) }
        return rest
    }

    /// What surely survives a power loss.
    private var platter: [UInt8] {
        if let lost { return lost.platter }
        var old = bytes
        for step in undo.reversed() {
            if old.count > step.oldSize { old.removeSubrange(step.oldSize...) }
            old.append(contentsOf: repeatElement(0, count: step.oldSize - old.count))
            old.replaceSubrange(step.position..<(step.position + step.oldBytes.count), with: step.oldBytes)
        }
        return old
    }

    /// What is found after a power loss: unsynced bytes are there, or not, or torn.
    func afterCrash(using random: inout SeededGenerator) -> SimulatedFile {
        var result = SimulatedFile()
        result.bytes = survivingBytes(using: &random)
        return result
    }

    private func survivingBytes(using random: inout SeededGenerator) -> [UInt8] {
        if undo.isEmpty && lost == nil { return bytes }
        let old = platter
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return bytes
        case 1: return old
        default: return mix(old: old, using: &random)
        }
    }

    /// Sector by sector the new bytes, the old ones, zeros or garbage, up to a size between the old and the new one.
    private func mix(old: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        let sizes = min(old.count, bytes.count)...max(old.count, bytes.count)
        let size = random.once(in: 3) ? bytes.count : Int.random(in: sizes, using: &random)
        var result = Array(old.prefix(size))
        result.append(contentsOf: repeatElement(0, count: size - result.count))
        let sector = [64, 512, 4096].randomElement(using: &random) ?? 512
        // Half of the crashes keep the order of writes: all of them up to a point, nothing after it.
        let keepsOrder = random.once(in: 2)
        var isBeyondPoint = false
        for touched in (lost?.ranges ?? []) + undo.map(\.touched) {
            var position = touched.lowerBound
            while position < min(touched.upperBound, size) {
                let end = min((position / sector + 1) * sector, touched.upperBound, size)
                // What a sector holds already up to the first byte that changes stays, as when a file grows in it.
                let comparable = min(end, old.count, bytes.count)
                while position < comparable, old[position] == bytes[position] { position += 1 }
                if position == end { continue }
                let fate = Int.random(in: 0..<4, using: &random)
                if keepsOrder && fate == 0 { isBeyondPoint = true }
                let torn = Int.random(in: position...end, using: &random)
                let kept = isBeyondPoint ? position : (keepsOrder || fate != 3 ? end : torn)
                for index in position..<kept where index < bytes.count { result[index] = bytes[index] }
                if !keepsOrder && fate >= 2 {
                    for index in kept..<end {
                        result[index] = fate == 2 ? 0 : UInt8.random(in: 0...255, using: &random)
                    }
                    if fate == 2 { for index in position..<end { result[index] = 0 } }
                }
                position = end
            }
        }
        return result
    }
}
