import Foundation
import Millrace
import MillraceCore
import Testing

@Suite("Serdes write Kafka's bytes")
struct SerdeTests {
    private func bytes<Value>(_ value: Value, _ serde: some Serde<Value>) throws -> [UInt8] {
        var writer = ByteWriter()
        try serde.serialize(value, into: &writer)
        return writer.copyBytes()
    }

    private func roundTrip<Value: Equatable>(_ value: Value, _ serde: some Serde<Value>) throws {
        let form = try bytes(value, serde)
        #expect(try serde.deserialize(form.span.bytes) == value)
        let boxed = AnySerde(serde)
        #expect(try bytes(value, boxed) == form)
        #expect(try boxed.deserialize(form.span.bytes) == value)
    }

    @Test func strings() throws {
        #expect(try bytes("é", .string) == [0xc3, 0xa9])
        for text in ["", "a", "sixteen letters!", "日本"] { try roundTrip(text, .string) }
    }

    @Test func numbers() throws {
        #expect(try bytes(Int32(-2), .int32) == [0xff, 0xff, 0xff, 0xfe])
        #expect(try bytes(Int64(258), .int64) == [0, 0, 0, 0, 0, 0, 1, 2])
        #expect(try bytes(1.0, .double) == [0x3f, 0xf0, 0, 0, 0, 0, 0, 0])
        try roundTrip(Int32.min, .int32)
        try roundTrip(Int64.max, .int64)
        try roundTrip(-0.5, .double)
        let three: [UInt8] = [1, 2, 3]
        #expect(throws: SerdeError.self) { try IntegerSerde<Int32>().deserialize(three.span.bytes) }
        #expect(throws: SerdeError.self) { try DoubleSerde().deserialize(three.span.bytes) }
    }

    @Test func identifiersAndJSON() throws {
        let id = try #require(UUID(uuidString: "0A1B2C3D-0000-4000-8000-00000000FFFF"))
        #expect(try bytes(id, .uuid) == Array("0a1b2c3d-0000-4000-8000-00000000ffff".utf8))
        try roundTrip(id, .uuid)
        #expect(try bytes(["b": 1, "a": 2], .json([String: Int].self)) == Array(#"{"a":2,"b":1}"#.utf8))
        try roundTrip([1, 2, 3], .json([Int].self))
    }

    @Test("windowed keys leave out the end, and their partition goes by the inner key")
    func windowedKeys() throws {
        let key = Windowed(key: "k", window: Window(start: Timestamp(10), end: Timestamp(70)))
        let serde = TimeWindowedSerde(StringSerde(), size: .milliseconds(60))
        #expect(try bytes(key, serde) == [0x6b, 0, 0, 0, 0, 0, 0, 0, 10])
        try roundTrip(key, serde)
        #expect(AnySerde(serde).partitionSuffixByteCount == 8)
    }

    @Test("bytes of every length around the inline limit", arguments: 0..<40)
    func bytesValues(count: Int) throws {
        let array = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let value = Bytes(array)
        #expect(value.count == count)
        #expect(value.array == array)
        #expect(value == Bytes(array.span.bytes))
        #expect(value.hashValue == Bytes(array.span.bytes).hashValue)
        if count > 0 {
            var other = array
            other[count - 1] ^= 1
            #expect(value != Bytes(other))
        }
        try roundTrip(value, .bytes)
        try roundTrip(array, .byteArray)
    }

    @Test("short bytes with trailing zeros differ by their length")
    func trailingZeros() {
        #expect(Bytes([1]) != Bytes([1, 0]))
        #expect(Bytes([]) != Bytes([0]))
        #expect(Bytes([1]) < Bytes([1, 0]))
    }
}
