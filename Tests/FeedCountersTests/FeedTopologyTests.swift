import Millrace
import MillraceCore
import MillraceTesting
import Testing

@testable import FeedCounters

@Suite("Feed counters")
struct FeedTopologyTests {
    @Test(
        "its outputs equal a plain fold, with likes, posts and follows taken back",
        arguments: 1...4 as ClosedRange<UInt64>, [EmissionPolicy.everyUpdate, .coalesced])
    func equalsFold(seed: UInt64, emission: EmissionPolicy) throws {
        let driver = try TopologyTestDriver(try FeedTopology.make(), TestDriverConfiguration(emission: emission))
        let posts = driver.inputTopic(FeedTopology.Topics.posts, key: .string, value: .json(Post.self))
        let likes = driver.inputTopic(FeedTopology.Topics.likes, key: .json(Like.self), value: .int64)
        let follows = driver.inputTopic(FeedTopology.Topics.follows, key: .json(Follow.self), value: .int64)
        var feed = SyntheticFeed(seed: seed)
        var totals = FeedTotals()
        for _ in 0..<1_000 {
            let (event, time) = feed.next()
            totals.add(event, at: time)
            switch event {
            case .post(let id, let post): try posts.send(id, post, at: time)
            case .like(let like, let isTakenBack):
                try likes.send(like, isTakenBack ? nil : time.millisecondsSinceEpoch, at: time)
            case .follow(let follow, let isTakenBack):
                try follows.send(follow, isTakenBack ? nil : time.millisecondsSinceEpoch, at: time)
            }
        }
        totals.finish()
        let engagement = try driver.outputTopic(
            FeedTopology.Topics.engagement, key: .string, value: .json(Engagement.self)
        ).readTable()
        let top = try driver.outputTopic(
            FeedTopology.Topics.topPosts, key: .int64, value: .json([PostScore].self)
        ).readTable()
        #expect(totals.differences(engagement: engagement, topPosts: top) == [], "seed \(seed)")
        #expect(engagement.count > 20 && !top.isEmpty)
        driver.close()
    }

    @Test("a post that lost a like lets the next one up")
    func retraction() {
        var scores = HourScores()
        for number in 0..<12 { scores.add(PostScore(post: "p\(number)", likes: Int64(20 - number))) }
        #expect(scores.top.map(\.post) == (0..<10).map { "p\($0)" })
        scores.subtract(PostScore(post: "p3", likes: 17))
        #expect(scores.top.map(\.post).last == "p10")
    }

    @Test("the command line says what is wrong")
    func options() throws {
        #expect(try Options(["--events", "5", "--seed", "9"])?.events == 5)
        #expect(try Options(["--help"]) == nil)
        #expect(throws: FeedError.self) { try Options(["--events", "many"]) }
        #expect(throws: FeedError.self) { try Options(["--colour", "red"]) }
    }
}
