import Foundation
import Millrace
import MillraceCluster
import MillraceCore

/// One run: events are produced while the streams count them; at the end the result is shown and held against a plain
/// fold. Does I/O; lives on the main thread.
struct FeedDemo {
    var eventCount = 200_000
    var seed: UInt64 = 1
    var directory: String

    /// Whether the streams agree with the fold.
    func run() throws -> Bool {
        let cluster = try EmbeddedCluster(dataDirectory: "\(directory)/broker")
        for topic in FeedTopology.Topics.all where try cluster.admin.describeTopic(topic) == nil {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 4))
        }
        let application = try StreamsApplication(
            try FeedTopology.make(),
            StreamsConfiguration(
                applicationID: "feed-counters", cluster: cluster, stateDirectory: "\(directory)/state", threads: 2))
        try application.start()
        print("Producing \(eventCount) events of a made-up feed (seed \(seed)) …")
        var totals = FeedTotals()
        try produce(into: cluster, &totals)
        totals.finish()
        print("Waiting until all of them are counted …")
        guard try application.waitUntilProcessed(timeout: .seconds(300)) else {
            throw application.error ?? FeedError("the events were not counted within five minutes")
        }
        let engagement = try rows(cluster, FeedTopology.Topics.engagement, key: .string, value: .json(Engagement.self))
        let top = try rows(cluster, FeedTopology.Topics.topPosts, key: .int64, value: .json([PostScore].self))
        show(engagement, top)
        let differences = totals.differences(engagement: engagement, topPosts: top)
        application.close()
        try cluster.close()
        for line in differences.prefix(20) { print("  DIFFERENT: \(line)") }
        if differences.isEmpty { print("A plain fold over the same events gives the same counters.") }
        return differences.isEmpty
    }

    private func produce(into cluster: any Cluster, _ totals: inout FeedTotals) throws {
        let posts = try TopicProducer(
            cluster, topic: FeedTopology.Topics.posts, Produced(key: .string, value: .json(Post.self)))
        let likes = try TopicProducer(
            cluster, topic: FeedTopology.Topics.likes, Produced(key: .json(Like.self), value: .int64))
        let follows = try TopicProducer(
            cluster, topic: FeedTopology.Topics.follows, Produced(key: .json(Follow.self), value: .int64))
        var feed = SyntheticFeed(seed: seed)
        for _ in 0..<eventCount {
            let (event, time) = feed.next()
            totals.add(event, at: time)
            let moment = time.millisecondsSinceEpoch
            switch event {
            case .post(let id, let post): try posts.send(id, post, at: time)
            case .like(let like, let isTakenBack): try likes.send(like, isTakenBack ? nil : moment, at: time)
            case .follow(let follow, let isTakenBack): try follows.send(follow, isTakenBack ? nil : moment, at: time)
            }
        }
        try posts.flush()
        try likes.flush()
        try follows.flush()
        posts.close()
        likes.close()
        follows.close()
    }

    /// The topic as a table.
    private func rows<Key: Hashable, Value>(
        _ cluster: any Cluster, _ topic: String, key: some Serde<Key>, value: some Serde<Value>
    ) throws -> [Key: Value] {
        let consumer = try TopicConsumer(cluster, topic: topic, Consumed(key: key, value: value))
        defer { consumer.close() }
        var rows: [Key: Value] = [:]
        for record in try consumer.readToEnd() { if let key = record.key { rows[key] = record.value } }
        return rows
    }

    private func show(_ engagement: [String: Engagement], _ top: [Int64: [PostScore]]) {
        print("\nAuthors with most likes          posts    likes  followers")
        for (author, row) in engagement.sorted(by: { ($1.value.likes, $0.key) < ($0.value.likes, $1.key) }).prefix(10) {
            print(
                "  " + author.padding(toLength: 26, withPad: " ", startingAt: 0)
                    + [row.posts, row.likes, row.followers].map { right($0, 10) }.joined())
        }
        if let (hour, posts) = top.max(by: { $0.key < $1.key }) {
            print("\nBest posts of the hour that begins at \(Date(timeIntervalSince1970: Double(hour) / 1_000))")
            for post in posts { print("  \(right(post.likes, 6))  \(post.post)") }
        }
        print("")
    }

    private func right(_ number: Int64, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: " ", count: max(0, width - digits.count)) + digits
    }
}

/// Why a run was given up.
struct FeedError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
