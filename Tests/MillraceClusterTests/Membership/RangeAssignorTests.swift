import MillraceCore
import Testing

@testable import MillraceCluster

@Suite("The range assignor")
struct RangeAssignorTests {
    @Test(
        "neighbouring partitions, the first members one more, topics side by side",
        arguments: [
            (1, 3, [[0, 1, 2]]), (2, 3, [[0, 1], [2]]), (3, 2, [[0], [1], []]), (4, 4, [[0], [1], [2], [3]]),
        ] as [(Int, Int32, [[Int32]])])
    func ranges(memberCount: Int, partitions: Int32, expected: [[Int32]]) {
        let members = (0..<memberCount).map {
            GroupAssignorMember(memberID: "m\($0)", groupInstanceID: nil, topics: ["a", "b"], userData: [])
        }
        let results = RangeAssignor().assign(
            members: members.reversed(), partitionCounts: ["a": partitions, "b": partitions])
        for (place, member) in members.enumerated() {
            let got = results[member.memberID]?.partitions ?? []
            #expect(got == ["a", "b"].flatMap { topic in expected[place].map { TopicPartition(topic, $0) } })
        }
    }

    @Test("who does not read a topic gets none of it, and a missing topic is nobody's")
    func subscriptions() {
        let members = [
            GroupAssignorMember(memberID: "x", groupInstanceID: nil, topics: ["a", "gone"], userData: []),
            GroupAssignorMember(memberID: "y", groupInstanceID: nil, topics: ["b"], userData: []),
        ]
        let results = RangeAssignor().assign(members: members, partitionCounts: ["a": 1, "b": 1])
        #expect(results["x"]?.partitions == [TopicPartition("a", 0)])
        #expect(results["y"]?.partitions == [TopicPartition("b", 0)])
    }
}
