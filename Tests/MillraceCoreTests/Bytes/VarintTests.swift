import MillraceCore
import MillraceSimulation
import Testing

@Suite("Varints")
struct VarintTests {
    private static let boundaries: [Int64] =
        [0, 1, -1, .min, .max, Int64(Int32.min), Int64(Int32.max)]
        + (1..<63).flatMap { shift -> [Int64] in
            let power = Int64(1) << Int64(shift)
            return [power - 1, power, power + 1, -power - 1, -power, 1 - power]
        }

    @Test("values around every power of two come back, in the size foretold")
    func boundaryValues() throws {
        for value in VarintTests.boundaries {
            var writer = ByteWriter(capacity: 1)
            writer.append(varint: value)
            #expect(writer.count == Varint.size(value), "\(value)")
            #expect(writer.count <= Varint.maxBytes64, "\(value)")
            if Int32(exactly: value) != nil { #expect(writer.count <= Varint.maxBytes32, "\(value)") }
            var reader = ByteReader()
            let found = try reader.readVarint(from: writer.bytes)
            #expect(found == value)
            #expect(reader.position == writer.count, "\(value)")
            #expect(Varint.unZigZag(Varint.zigZag(value)) == value)
        }
    }

    @Test("the bytes are those of the protocol guide")
    func bytes() {
        let expected: [(Int64, [UInt8])] = [
            (0, [0]), (-1, [1]), (1, [2]), (63, [0x7e]), (-64, [0x7f]), (64, [0x80, 0x01]), (-65, [0x81, 0x01]),
            (8_191, [0xfe, 0x7f]), (-8_192, [0xff, 0x7f]), (8_192, [0x80, 0x80, 0x01]),
            (Int64(Int32.max), [0xfe, 0xff, 0xff, 0xff, 0x0f]), (Int64(Int32.min), [0xff, 0xff, 0xff, 0xff, 0x0f]),
        ]
        for (value, bytes) in expected {
            var writer = ByteWriter()
            writer.append(varint: value)
            let found = writer.copyBytes()
            #expect(found == bytes, "\(value)")
        }
    }

    @Test("random values come back, signed and unsigned")
    func randomValues() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<10_000 {
            let value = UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0...63, using: &random)
            var writer = ByteWriter()
            writer.append(unsignedVarint: value)
            writer.append(varint: Int64(bitPattern: value))
            var reader = ByteReader()
            let unsigned = try reader.readUnsignedVarint(from: writer.bytes)
            let signed = try reader.readVarint(from: writer.bytes)
            #expect(unsigned == value && signed == Int64(bitPattern: value))
        }
    }

    @Test("a varint that does not end is refused at its tenth byte")
    func overlong() {
        let bytes = [UInt8](repeating: 0x80, count: 20)
        var reader = ByteReader(position: 3)
        #expect(throws: ByteError.overlongVarint(position: 3)) { try reader.readUnsignedVarint(from: bytes.span.bytes) }
    }

    @Test("a varint that the bytes cut off is refused", arguments: 0..<10)
    func truncated(count: Int) {
        let bytes = [UInt8](repeating: 0xff, count: count)
        var reader = ByteReader()
        #expect(throws: ByteError.truncated(position: 0, needed: count + 1, available: count)) {
            try reader.readVarint(from: bytes.span.bytes)
        }
    }
}
