public import MillraceSimulation

/// Spoils frames: bits, bytes, lengths at their extremes, cuts, repetitions, splices. Pure; repeated by its generator.
public struct FrameMutator {
    private let corpus: [[UInt8]]
    private var random: SeededGenerator

    /// - Parameter corpus: where splices come from; not empty.
    public init(corpus: [[UInt8]], random: SeededGenerator) {
        precondition(!corpus.isEmpty, "a mutator needs frames to splice")
        self.corpus = corpus
        self.random = random
    }

    /// A frame that was changed in one to four places, at or behind `start`.
    public mutating func mutate(_ frame: [UInt8], from start: Int) -> [UInt8] {
        var bytes = frame
        for _ in 0..<Int.random(in: 1...4, using: &random) { step(&bytes, from: start) }
        return bytes
    }

    private static let interesting: [UInt8] = [0, 1, 2, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff]
    /// Lengths of two and four bytes, and varints, at their ends.
    private static let lengths: [[UInt8]] = [
        [0x7f, 0xff], [0x80, 0x00], [0xff, 0xff], [0xff, 0xfe],
        [0x7f, 0xff, 0xff, 0xff], [0x80, 0x00, 0x00, 0x00], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xfe],
        [0x00, 0x00, 0x00, 0x00], [0x00, 0x00, 0x10, 0x00], [0x05, 0xf5, 0xe1, 0x00],
        [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x07], [0x80, 0x80, 0x80, 0x80, 0x10], [0x80, 0x01],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ]

    private mutating func step(_ bytes: inout [UInt8], from start: Int) {
        guard bytes.count > start else {
            bytes += (0..<Int.random(in: 1...8, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            return
        }
        let position = Int.random(in: start..<bytes.count, using: &random)
        let size = min(Int.random(in: 1...16, using: &random), bytes.count - position)
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2, 3: bytes[position] = Self.interesting[Int.random(in: 0..<Self.interesting.count, using: &random)]
        case 4, 5:
            let length = Self.lengths[Int.random(in: 0..<Self.lengths.count, using: &random)]
            bytes.replaceSubrange(position..<min(position + length.count, bytes.count), with: length)
        case 6:
            bytes.insert(contentsOf: Self.lengths[Int.random(in: 0..<Self.lengths.count, using: &random)], at: position)
        case 7: bytes.removeSubrange(position...)
        case 8: bytes.removeSubrange(position..<(position + size))
        case 9: bytes.insert(contentsOf: bytes[position..<(position + size)], at: position)
        case 10:
            for index in position..<(position + size) { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        default:
            let other = corpus[Int.random(in: 0..<corpus.count, using: &random)]
            bytes.replaceSubrange(position..., with: other.suffix(from: min(position, other.count)))
        }
    }
}
