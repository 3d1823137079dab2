import MillraceCore
import MillraceSimulation
import Testing

@Suite("Topic ids")
struct TopicIDTests {
    @Test("known ids have Kafka's text")
    func known() throws {
        #expect(TopicID.zero.description == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(TopicID(high: 0, low: 1).description == "AAAAAAAAAAAAAAAAAAAAAQ")
        #expect(TopicID(high: .max, low: .max).description == "_____________________w")
        #expect(TopicID(base64: "not an id") == nil && TopicID(base64: "AAAAAAAAAAAAAAAAAAAAA!") == nil)
        #expect(TopicID(hexadecimal: "00") == nil)
    }

    @Test("both texts lead back to the id", arguments: 0..<200 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let id = TopicID(randomHigh: random.next(), randomLow: random.next())
        #expect(TopicID(base64: id.description) == id, "\(id.hexadecimal)")
        #expect(TopicID(hexadecimal: id.hexadecimal) == id)
        #expect(!id.description.hasPrefix("-") && id.description.utf8.count == 22)
        #expect(id.high >> 12 & 0xf == 4 && id.low >> 62 == 2, "version 4 of RFC 9562")
    }
}
