import MillraceCore
import Testing

@Suite("ByteReader")
struct ByteReaderTests {
    private let bytes: [UInt8] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xff]

    @Test("integers are big-endian, at any alignment")
    func integers() throws {
        var reader = ByteReader()
        let byte: UInt8 = try reader.read(from: bytes.span.bytes)
        let word: Int32 = try reader.read(from: bytes.span.bytes)
        let half: UInt16 = try reader.read(from: bytes.span.bytes)
        reader.position = 1
        let long: Int64 = try reader.read(from: bytes.span.bytes)
        #expect(byte == 1 && word == 0x0203_0405 && half == 0x0607 && long == 0x0203_0405_0607_08ff)
        #expect(reader.position == 9)
    }

    @Test("positions outside the bytes are refused, and do not move", arguments: [-1, -8, 9, 100, Int.max])
    func outside(position: Int) {
        var reader = ByteReader(position: position)
        #expect(throws: ByteError.self) { try reader.read(UInt8.self, from: bytes.span.bytes) }
        #expect(throws: ByteError.self) { try reader.readUnsignedVarint(from: bytes.span.bytes) }
        #expect(throws: ByteError.self) { try reader.readRange(1, from: bytes.span.bytes) }
        #expect(reader.position == position)
    }

    @Test("a range is within the bytes or refused")
    func ranges() throws {
        var reader = ByteReader(position: 4)
        let rest = try reader.readRange(5, from: bytes.span.bytes)
        let nothing = try reader.readRange(0, from: bytes.span.bytes)
        #expect(rest == 4..<9 && nothing == 9..<9)
        reader.position = 4
        #expect(throws: ByteError.truncated(position: 4, needed: 6, available: 5)) {
            try reader.readRange(6, from: bytes.span.bytes)
        }
        #expect(throws: ByteError.truncated(position: 4, needed: .max, available: 5)) {
            try reader.readRange(.max, from: bytes.span.bytes)
        }
        #expect(throws: ByteError.negativeLength(position: 4, length: -1)) {
            try reader.readRange(-1, from: bytes.span.bytes)
        }
    }
}
