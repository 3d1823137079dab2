import MillraceCore
import Testing

@Suite("Nouns")
struct NounTests {
    @Test("offsets are ordered and measured")
    func offsets() {
        #expect(Offset.zero < Offset(1))
        #expect(Offset(5).advanced(by: 3) == Offset(8))
        #expect(Offset(5).distance(from: Offset(8)) == -3)
        #expect("\(Offset(42))" == "42")
    }

    @Test("timestamps may be negative and far apart")
    func timestamps() {
        #expect(Timestamp(-1) < Timestamp.epoch)
        #expect(Timestamp(1_000).advanced(byMilliseconds: -2_000) == Timestamp(-1_000))
        #expect(Timestamp(5).milliseconds(since: Timestamp(-5)) == 10)
        #expect("\(Timestamp(7))" == "7 ms")
    }

    @Test("durations are rounded towards zero")
    func durations() {
        #expect(Duration.seconds(2).wholeMilliseconds == 2_000)
        #expect(Duration.microseconds(1_999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1_999).wholeMilliseconds == -1)
    }

    @Test("the last header of a name counts, and order and duplicates are kept")
    func headers() {
        var headers = Headers([Header("a", "1"), Header("b", nil), Header("a", "2")])
        #expect(headers.last("a") == Array("2".utf8))
        #expect(headers.last("b") == nil)
        #expect(headers.last("c") == nil)
        #expect(headers.map(\.name) == ["a", "b", "a"])
        headers.append(Header("a", "3"))
        #expect(headers.last("a") == Array("3".utf8))
        headers.removeAll(named: "a")
        #expect(headers == Headers([Header("b", nil)]))
        #expect(Headers.empty.isEmpty)
    }

    @Test("times stop at the ends of time instead of trapping")
    func endsOfTime() {
        let first = Timestamp(.min)
        let last = Timestamp(.max)
        #expect(last.advanced(byMilliseconds: 1) == last)
        #expect(first.advanced(byMilliseconds: -1) == first)
        #expect(last.milliseconds(since: first) == .max)
        #expect(first.milliseconds(since: last) == .min)
        #expect(first.milliseconds(since: Timestamp(1)) == .min)
        #expect(Timestamp(5).advanced(byMilliseconds: -7).milliseconds(since: Timestamp(-1)) == -1)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.milliseconds(-3).wholeNanoseconds == 0)
        #expect(Duration.milliseconds(3).wholeNanoseconds == 3_000_000)
        #expect(MonotonicTime(milliseconds: 1).advanced(by: .seconds(Int64.max)).milliseconds == .max)
    }

    @Test("attributes hold a codec and three flags")
    func attributes() {
        for codec in Compression.allCases {
            for bits in 0..<8 {
                let attributes = BatchAttributes(
                    compression: codec, isTransactional: bits & 1 != 0, isControl: bits & 2 != 0,
                    usesLogAppendTime: bits & 4 != 0)
                #expect(attributes.compression == codec)
                #expect(attributes.isTransactional == (bits & 1 != 0))
                #expect(attributes.isControl == (bits & 2 != 0))
                #expect(attributes.usesLogAppendTime == (bits & 4 != 0))
            }
        }
        for bits in 5...7 as ClosedRange<Int16> { #expect(BatchAttributes(rawValue: bits).compression == nil) }
    }
}
