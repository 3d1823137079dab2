public import MillraceProtocol
internal import MillraceSimulation

/// A corpus of sound frames of every kind, and inputs made from it: some whole, most spoiled. Used by one thread;
/// repeated by its seed.
public struct WireFuzzer {
    private let samples: [(kind: MessageKind, frame: [UInt8])]
    private var mutator: FrameMutator
    private var random: SeededGenerator

    /// - Parameter framesPerKind: how many frames of each version of each message are made.
    public init(seed: UInt64, framesPerKind: Int) throws(WireError) {
        var random = SeededGenerator(seed: seed)
        var samples: [(kind: MessageKind, frame: [UInt8])] = []
        for kind in MessageKind.all {
            for _ in 0..<framesPerKind { samples.append((kind, try kind.frame(using: &random))) }
        }
        self.samples = samples
        mutator = FrameMutator(corpus: samples.map(\.frame), random: SeededGenerator(seed: random.next()))
        self.random = random
    }

    /// Feeds so many inputs.
    public mutating func run(_ count: Int, into target: inout WireTarget) {
        for _ in 0..<count {
            let sample = samples[Int.random(in: 0..<samples.count, using: &random)]
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                target.feed(sample.kind, sample.frame)
            case 1:
                let size = Int.random(in: 0...64, using: &random)
                target.feed(sample.kind, (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
            case 2...10:
                target.feed(sample.kind, mutator.mutate(sample.frame, from: 0))
            default:
                // API and version stay, so that the input gets as far as the body.
                target.feed(sample.kind, mutator.mutate(sample.frame, from: sample.kind.isRequest ? 8 : 4))
            }
        }
    }
}
