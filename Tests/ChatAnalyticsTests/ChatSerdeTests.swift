import ChatAnalyticsKit
import MillraceCore
import Testing

@Suite("Bytes of the example's types")
struct ChatSerdeTests {
    private func roundTrip<S: Serde>(_ value: S.Value, _ serde: S) throws -> S.Value {
        var writer = ByteWriter()
        try serde.serialize(value, into: &writer)
        return try serde.deserialize(writer.bytes)
    }

    @Test("lines", arguments: ChatLine.Kind.allCases, [true, false])
    func lines(kind: ChatLine.Kind, isDamaged: Bool) throws {
        for text in ["", "x", "grüße \u{FFFD} →"] {
            let line = ChatLine(
                kind: kind, day: ChatDay(daysSinceEpoch: -7), text: text, hadUndecodableBytes: isDamaged)
            #expect(try roundTrip(line, ChatLineSerde()) == line)
        }
    }

    @Test("activity", arguments: [[], [0], [-3, 12_777], [1, 2, 3, 17_532]] as [[Int32]])
    func activity(days: [Int32]) throws {
        let activity = NickActivity(messageCount: 1 << 40, activeDays: days.map(ChatDay.init(daysSinceEpoch:)))
        #expect(try roundTrip(activity, NickActivitySerde()) == activity)
    }

    @Test("mentions keep both nicks, whatever they hold", arguments: ["", "ada", "ä\0b", "x: y"], ["", "bo", "ö"])
    func mention(from: String, to: String) throws {
        let mention = Mention(from: from, to: to)
        #expect(try roundTrip(mention, MentionSerde()) == mention)
    }

    @Test("talkers")
    func talkers() throws {
        let top = TopTalkers((0..<12).map { Talker(nick: "n\($0)ä", messageCount: Int64($0) << 33) })
        #expect(top.talkers.count == 10)
        #expect(try roundTrip(top, TopTalkersSerde()) == top)
        #expect(try roundTrip(TopTalkers(), TopTalkersSerde()) == TopTalkers())
        let talker = Talker(nick: "", messageCount: 3)
        #expect(try roundTrip(talker, TalkerSerde()) == talker)
    }

    @Test("bytes that are none of these throw")
    func malformed() {
        var empty = ByteWriter()
        #expect(throws: (any Error).self) { try ChatLineSerde().deserialize(empty.bytes) }
        empty.append(UInt8(0x7f))
        #expect(throws: SerdeError.self) { try ChatLineSerde().deserialize(empty.bytes) }
        #expect(throws: (any Error).self) { try MentionSerde().deserialize(empty.bytes) }
        #expect(throws: (any Error).self) { try NickActivitySerde().deserialize(empty.bytes) }
        #expect(throws: (any Error).self) { try TopTalkersSerde().deserialize(empty.bytes) }
    }
}
