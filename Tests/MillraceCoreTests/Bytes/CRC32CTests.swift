import MillraceCore
import MillraceSimulation
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
    @Test("known vectors of RFC 3720 and of the catalogue of checksums")
    func knownVectors() {
        let digits = Array("123456789".utf8)
        #expect(checksum(digits) == 0xe306_9283)
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(checksum(zeros) == 0x8a91_36aa)
        let ones = [UInt8](repeating: 0xff, count: 32)
        #expect(checksum(ones) == 0x62a8_ab43)
        let rising = (0..<32).map { UInt8($0) }
        #expect(checksum(rising) == 0x46dd_794e)
        #expect(checksum([UInt8]()) == 0)
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes.span.bytes) }

    @Test("the CPU's instructions and the table agree on every length from 0 to 300, at every alignment")
    func hardwareEqualsPortable() {
        var random = SeededGenerator(seed: 1)
        let bytes = (0..<308).map { _ in UInt8.random(in: 0...255, using: &random) }
        for length in 0...300 {
            for start in 0..<8 {
                let part = bytes.span.bytes.extracting(start..<(start + length))
                let seed = UInt32.random(in: 0...UInt32.max, using: &random)
                let hardware = CRC32C.checksum(part, seed: seed)
                let portable = CRC32C.portableChecksum(part, seed: seed)
                #expect(hardware == portable, "\(length) bytes from \(start) on, seed \(seed)")
            }
        }
    }

    @Test("a checksum goes on where another one ended")
    func continuation() {
        var random = SeededGenerator(seed: 2)
        let bytes = (0..<4_500).map { _ in UInt8.random(in: 0...255, using: &random) }
        let span = bytes.span.bytes
        let whole = CRC32C.checksum(span)
        let portable = CRC32C.portableChecksum(span)
        #expect(whole == portable)
        for cut in [0, 1, 7, 8, 9, 100, 1_024, 3_333, 4_499, 4_500] {
            let first = CRC32C.checksum(span.extracting(0..<cut))
            let continued = CRC32C.checksum(span.extracting(cut..<4_500), seed: first)
            #expect(continued == whole, "cut at \(cut)")
        }
    }
}
