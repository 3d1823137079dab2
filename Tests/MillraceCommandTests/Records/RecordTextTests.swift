import MillraceCore
import MillraceKafka
import Testing

@testable import MillraceCommand

@Suite("Lines and records")
struct RecordTextTests {
    private func record(_ line: String, _ format: LineFormat) throws(LineError) -> (
        key: String?, value: String?, [Header]
    ) {
        let record = try format.record(Array(line.utf8)[...])
        return (
            record.key.map { String(decoding: $0, as: UTF8.self) },
            record.value.map { String(decoding: $0, as: UTF8.self) },
            record.headers
        )
    }

    @Test("a line is a value, or key and value, or headers, key and value")
    func lines() throws {
        #expect(try record("a:b", LineFormat()).key == nil)
        #expect(try record("a:b", LineFormat()).value == "a:b")
        let keyed = LineFormat(keySeparator: Array("::".utf8))
        #expect(try record("a:b::c::d", keyed).key == "a:b")
        #expect(try record("a:b::c::d", keyed).value == "c::d")
        #expect(try record("::", keyed).key == "")
        #expect(try record("::", keyed).value == "")
        var all = keyed
        all.headersSeparator = Array("\t".utf8)
        all.headers = [Header("always", "1")]
        let (key, value, headers) = try record("h:1,i:2:3\tk::v", all)
        #expect(key == "k")
        #expect(value == "v")
        #expect(headers == [Header("always", "1"), Header("h", "1"), Header("i", "2:3")])
    }

    @Test("a mark stands for null")
    func null() throws {
        let format = LineFormat(keySeparator: [UInt8(ascii: ":")], nullMark: Array("NULL".utf8))
        #expect(try record("k:NULL", format).value == nil)
        #expect(try record("NULL:NULLS", format).key == nil)
        #expect(try record("NULL:NULLS", format).value == "NULLS")
    }

    @Test("what a line lacks is an error")
    func lacking() {
        let keyed = LineFormat(keySeparator: [UInt8(ascii: ":")])
        #expect(throws: LineError.noKey) { try record("abc", keyed) }
        #expect(throws: LineError.noHeaders) { try record("abc", LineFormat(headersSeparator: [9])) }
        #expect(throws: LineError.malformedHeader) { try record("abc\tv", LineFormat(headersSeparator: [9])) }
    }

    @Test("a template prints all parts of a record")
    func template() throws {
        let format = try #require(RecordFormat(#"%t/%p@%o %k=%v [%h] %T %D %S %%\t\n"#))
        var writer = ByteWriter()
        format.write(
            ShownRecord(
                partition: TopicPartition("lines", 3), offset: 42, timestamp: Timestamp(1_000), key: nil,
                value: Array("abc".utf8), headers: [Header("a", "1"), Header("b", nil as [UInt8]?)]), into: &writer)
        #expect(
            writer.bytes.lossyUTF8 == "lines/3@42 =abc [a=1,b=null] 1000 1970-01-01T00:00:01.000Z 3 %\t\n")
        #expect(RecordFormat("%q") == nil)
        #expect(RecordFormat("abc%") == nil)
    }

    @Test(
        "where reading begins",
        arguments: [
            ("beginning", .beginning), ("end", .end), ("42", .offset(42)), ("-10", .last(10)), ("0", .offset(0)),
            ("1970-01-01T00:00:01", .time(Timestamp(1_000))), ("x", nil), ("-9223372036854775808", nil),
        ] as [(String, StartPosition?)])
    func starts(text: String, expected: StartPosition?) { #expect(StartPosition(text) == expected) }
}
