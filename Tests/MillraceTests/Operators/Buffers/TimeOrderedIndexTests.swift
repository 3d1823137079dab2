import MillraceCore
import MillraceSimulation
import Testing

@testable import Millrace

@Suite("Index of a buffer in time order")
struct TimeOrderedIndexTests {
    /// What the index must do, in the plainest form.
    private struct Model {
        var entries: [(time: Int64, key: [UInt8], element: Int)] = []

        func index(_ time: Int64, _ key: [UInt8]) -> Int? { entries.firstIndex { $0.time == time && $0.key == key } }

        mutating func insert(_ element: Int, _ time: Int64, _ key: [UInt8]) {
            if let index = index(time, key) {
                entries[index].element = element
            } else {
                entries.append((time, key, element))
                entries.sort { $0.time != $1.time ? $0.time < $1.time : $0.key.lexicographicallyPrecedes($1.key) }
            }
        }
    }

    @Test("the index does what a sorted list does", arguments: Seeds.first(16, of: 40))
    func model(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var index = TimeOrderedIndex<Int>()
        var model = Model()
        // Some runs keep the buffer small, some let it grow over many leaves.
        let takes = seed % 4 == 0 ? 5 : 2
        for step in 0..<1_500 {
            let time = Int64.random(in: -5..<55, using: &dice) + (seed % 2 == 0 ? Int64(step / 4) : 0)
            let bytes: [UInt8] = [0, 1, 127, 128, 255]
            let key = (0..<Int.random(in: 0..<4, using: &dice)).map { _ in bytes.randomElement(using: &dice) ?? 0 }
            switch Int.random(in: 0..<10, using: &dice) {
            case 0..<takes:
                let removed = index.removeFirst()
                let expected = model.entries.isEmpty ? nil : model.entries.removeFirst()
                #expect(removed?.time == expected?.time && removed?.key == expected?.key, "seed \(seed) step \(step)")
                #expect(removed?.element == expected?.element, "seed \(seed) step \(step)")
            case 7:
                let removed = index.remove(time: time, key: key)
                let expected = model.index(time, key).map { model.entries.remove(at: $0) }
                #expect(removed?.element == expected?.element, "seed \(seed) step \(step)")
            case 8:
                let isThere = index.update(time: time, key: key) { $0 += 1 }
                let expected = model.index(time, key)
                if let expected { model.entries[expected].element += 1 }
                #expect(isThere == (expected != nil), "seed \(seed) step \(step)")
            default:
                index.insert(step, time: time, key: key)
                model.insert(step, time, key)
            }
            #expect(index.count == model.entries.count, "seed \(seed) step \(step)")
            #expect(index.isEmpty == model.entries.isEmpty, "seed \(seed) step \(step)")
            #expect(index.firstTime == model.entries.first?.time, "seed \(seed) step \(step)")
        }
        var walked: [String] = []
        index.forEach { entry in
            walked.append("\(entry.time) \(entry.key) \(entry.element)")
            return true
        }
        #expect(walked == model.entries.map { "\($0.time) \($0.key) \($0.element)" }, "seed \(seed)")
    }

    @Test("equal times go by unsigned key bytes, a prefix first")
    func ties() {
        var index = TimeOrderedIndex<String>()
        for (name, key) in [("high", [200]), ("ab", [97, 98]), ("a", [97]), ("none", [])] as [(String, [UInt8])] {
            index.insert(name, time: 7, key: key)
        }
        index.insert("first", time: -3, key: [255])
        var order: [String] = []
        while let entry = index.removeFirst() { order.append(entry.element) }
        #expect(order == ["first", "none", "a", "ab", "high"])
    }
}
