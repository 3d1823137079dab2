import MillraceProtocol
import Testing
import WireFuzzKit

/// The short form of `make fuzz`: frames that were kept because they are nasty, and spoiled ones from seeds.
@Suite("Spoiled frames")
struct SpoiledFrameTests {
    @Test(
        "20,000 spoiled frames are read or refused, and what is read can be written",
        arguments: 1...4 as ClosedRange<UInt64>)
    func seeded(seed: UInt64) throws {
        var fuzzer = try WireFuzzer(seed: seed, framesPerKind: 1)
        var target = WireTarget()
        fuzzer.run(5_000, into: &target)
        #expect(target.complaints.isEmpty, "seed \(seed)")
        #expect(target.accepted + target.refused == 5_000)
        // Both happen often, or the fuzzer spoils too little or too much.
        #expect(target.accepted > 500 && target.refused > 500, "seed \(seed)")
    }

    @Test("kept frames", arguments: KeptFrames.all)
    func kept(frame: KeptFrames) {
        var target = WireTarget()
        target.feed(frame.kind, frame.bytes)
        #expect(target.complaints.isEmpty)
        #expect(target.accepted == (frame.isSound ? 1 : 0), "\(frame.why)")
    }
}
