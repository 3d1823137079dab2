import Foundation
import Millrace
import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

/// Bytes that sort as the values do (SEMANTICS I10).
@Suite("Ordered serdes")
struct OrderedSerdeTests {
    private func bytes<S: Serde>(_ serde: S, _ value: S.Value) throws -> [UInt8] {
        var writer = ByteWriter()
        try serde.serialize(value, into: &writer)
        return writer.copyBytes()
    }

    /// Each pair of values sorts as its bytes, and each value comes back.
    private func check<S: Serde>(
        _ serde: S, _ values: [S.Value], _ note: String, by isLess: (S.Value, S.Value) -> Bool
    ) throws where S.Value: Equatable {
        let encoded = try values.map { try bytes(serde, $0) }
        for (index, value) in values.enumerated() {
            let form = encoded[index]
            let decoded = try serde.deserialize(form.span.bytes)
            #expect(decoded == value, "\(note): \(value)")
            for (other, second) in values.enumerated() {
                let byBytes = encoded[index].lexicographicallyPrecedes(encoded[other])
                #expect(byBytes == isLess(value, second), "\(note): \(value) and \(second)")
            }
        }
    }

    @Test("sort numbers, times, texts and UUIDs by value", arguments: 0..<20 as Range<UInt64>)
    func scalars(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let note = "seed \(seed)"
        let longs: [Int64] =
            [.min, -1, 0, 1, .max] + (0..<20).map { _ in Int64.random(in: .min ... .max, using: &dice) }
        try check(OrderedIntegerSerde<Int64>(), longs, note, by: <)
        try check(TimestampSerde(), longs.map { Timestamp($0) }, note, by: <)
        let ints = longs.map { Int32(truncatingIfNeeded: $0) }
        try check(OrderedIntegerSerde<Int32>(), ints, note, by: <)
        try check(OrderedIntegerSerde<UInt16>(), ints.map { UInt16(truncatingIfNeeded: $0) }, note, by: <)
        let doubles =
            [0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1.5, -1.5]
            + (0..<20).map { _ in Double.random(in: -1e9...1e9, using: &dice) }
        try check(OrderedDoubleSerde(), doubles, note, by: <)
        try check(DateSerde(), doubles.filter(\.isFinite).map { Date(timeIntervalSince1970: $0) }, note, by: <)
        let uuids = (0..<20).map { _ in
            let high = UInt64.random(in: .min ... .max, using: &dice)
            return UUID(uuid: withUnsafeBytes(of: (high, ~high)) { $0.load(as: uuid_t.self) })
        }
        try check(OrderedUUIDSerde(), uuids, note) { $0.uuidString < $1.uuidString }
    }

    @Test("NaN has no place")
    func nan() { #expect(throws: SerdeError.self) { try bytes(OrderedDoubleSerde(), .nan) } }

    private func text(_ dice: inout SeededGenerator) -> String {
        let letters: [Character] = ["\0", "\u{1}", "a", "b", "é", "\u{ff}", "z", "𝄞"]
        return String((0..<Int.random(in: 0...4, using: &dice)).map { _ in letters.randomElement(using: &dice) ?? "a" })
    }

    private func scalarsPrecede(_ left: String, _ right: String) -> Bool {
        left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
    }

    @Test("sort pairs by the first part, then the second, whatever bytes they hold", arguments: 0..<20 as Range<UInt64>)
    func pairs(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let texts = (0..<25).map { _ in text(&dice) }
        let numbers = (0..<25).map { _ in Int64.random(in: -3...3, using: &dice) }
        let textFirst = OrderedPairSerde(StringSerde(), OrderedIntegerSerde<Int64>())
        try check(textFirst, zip(texts, numbers).map { Pair($0, $1) }, "seed \(seed)") { left, right in
            left.first == right.first ? left.second < right.second : scalarsPrecede(left.first, right.first)
        }
        let numberFirst = OrderedPairSerde(OrderedIntegerSerde<Int64>(), StringSerde())
        try check(numberFirst, zip(numbers, texts).map { Pair($0, $1) }, "seed \(seed)") { left, right in
            left.first == right.first ? scalarsPrecede(left.second, right.second) : left.first < right.first
        }
        let nested = OrderedPairSerde(textFirst, numberFirst)
        let values = zip(texts, numbers).map { Pair(Pair($0, $1), Pair($1, $0)) }
        try check(nested, values, "seed \(seed)") { left, right in
            if left.first.first != right.first.first { return scalarsPrecede(left.first.first, right.first.first) }
            return left.first.second < right.first.second
        }
    }

    @Test("ranges of a store are those of the sorted keys", arguments: 0..<30 as Range<UInt64>)
    func ranges(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let store = KeyValueStore(
            name: "s", byteStore: InMemoryByteStore(), keySerde: .ordered(.int64), valueSerde: .string)
        var model: [Int64: String] = [:]
        for step in 0..<200 {
            let key = Int64.random(in: -20...20, using: &dice)
            if Int.random(in: 0..<4, using: &dice) == 0 {
                try store.delete(key, at: Timestamp(Int64(step)))
                model[key] = nil
            } else {
                try store.put(key, "\(step)", at: Timestamp(Int64(step)))
                model[key] = "\(step)"
            }
            if step % 7 == 0 { store.commit(changelogEnd: nil) }
            if step % 31 == 0 {
                store.commit(changelogEnd: nil)
                try store.flush()
                store.evictClean()
                store.evictClean()
            }
            let from = Int64.random(in: -22...22, using: &dice)
            let to = Int64.random(in: from...23, using: &dice)
            let found = try store.range(from: from, to: to).map(\.key)
            #expect(found == model.keys.filter { from <= $0 && $0 <= to }.sorted(), "seed \(seed), step \(step)")
        }
    }

    @Test("a prefix of a pair gives its second parts in order")
    func prefixes() throws {
        let serde = OrderedPairSerde(StringSerde(), OrderedIntegerSerde<Int64>())
        let store = KeyValueStore(
            name: "s", byteStore: InMemoryByteStore(), keySerde: serde, valueSerde: .string)
        for (index, number) in ([5, -1, 0, -7, 3] as [Int64]).enumerated() {
            for text in ["a", "a\0", "ab", ""] {
                try store.put(Pair(text, number), "\(index)", at: .epoch)
            }
        }
        #expect(try store.prefixScan("a", prefixSerde: serde.prefix).map(\.key.second) == [-7, -1, 0, 3, 5])
        #expect(
            try store.prefixScan("a\0", prefixSerde: serde.prefix).map(\.key.first) == Array(repeating: "a\0", count: 5)
        )
    }
}
