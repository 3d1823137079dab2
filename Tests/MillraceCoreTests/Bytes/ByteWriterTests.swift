import MillraceCore
import MillraceSimulation
import Testing

@Suite("ByteWriter")
struct ByteWriterTests {
    @Test("a writer grows from one byte, and keeps what it holds")
    func grows() {
        var random = SeededGenerator(seed: 4)
        var writer = ByteWriter(capacity: 1)
        var model: [UInt8] = []
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<7, using: &random) {
            case 0:
                let byte = UInt8.random(in: 0...255, using: &random)
                writer.append(byte)
                model.append(byte)
            case 1:
                let value = Int64.random(in: .min ... .max, using: &random)
                writer.append(value)
                model += (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
            case 2:
                let bytes = (0..<Int.random(in: 0...50, using: &random)).map { UInt8($0) }
                writer.append(contentsOf: bytes)
                model += bytes
            case 3:
                writer.append(utf8: "Grüße, 世界")
                model += Array("Grüße, 世界".utf8)
            case 4:
                writer.appendZeros(3)
                model += [0, 0, 0]
            case 5 where model.count >= 4:
                let position = Int.random(in: 0...(model.count - 4), using: &random)
                writer.overwrite(at: position, UInt32(0xdead_beef))
                model.replaceSubrange(position..<(position + 4), with: [0xde, 0xad, 0xbe, 0xef])
            default:
                let cut = model.count - min(model.count, Int.random(in: 0...20, using: &random))
                writer.truncate(to: cut)
                model.removeSubrange(cut...)
            }
            #expect(writer.count == model.count)
        }
        let found = writer.copyBytes()
        #expect(found == model)
        writer.removeAll()
        let left = writer.bytes.byteCount
        #expect(writer.count == 0 && left == 0)
    }

    @Test("room is filled in place, also when filling fails")
    func fillsInPlace() throws {
        var writer = ByteWriter(capacity: 2)
        writer.append(UInt8(9))
        let filled = unsafe writer.append(upTo: 100) { room in
            unsafe room.storeBytes(of: 7, as: UInt8.self)
            return 1
        }
        #expect(filled == 1)
        #expect(throws: ByteError.overlongVarint(position: 1)) {
            try unsafe writer.append(upTo: 100) { (_: UnsafeMutableRawBufferPointer) throws(ByteError) -> Int in
                throw .overlongVarint(position: 1)
            }
        }
        let found = writer.copyBytes()
        #expect(found == [9, 7])
    }

    @Test("bytes are compared and read as text")
    func comparing() {
        let left = Array("abc".utf8)
        let right = Array("abd".utf8)
        let toItself = left.span.bytes.elementsEqual(left.span.bytes)
        let toOther = left.span.bytes.elementsEqual(right.span.bytes)
        let toShorter = left.span.bytes.elementsEqual(left.span.bytes.extracting(0..<2))
        #expect(toItself && !toOther && !toShorter)
        let broken: [UInt8] = [0x61, 0xff]
        let text = broken.span.bytes.lossyUTF8
        #expect(text == "a\u{fffd}")
    }

    @Test("bytes are equal only where each byte is, at every length around a word", arguments: 0...25)
    func equality(count: Int) {
        let left = (0..<count).map { UInt8($0) }
        #expect(isEqual(left, left))
        #expect(!isEqual(left, left + [0]))
        for position in 0..<count {
            var right = left
            right[position] ^= 0x80
            #expect(!isEqual(left, right), "byte \(position) of \(count)")
        }
    }

    private func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.span.bytes.elementsEqual(right.span.bytes)
    }
}
