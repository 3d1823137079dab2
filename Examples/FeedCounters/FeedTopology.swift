import Millrace

/// What the example computes. Pure: built once, run by an application or by a test driver.
enum FeedTopology {
    enum Topics {
        /// Input: post id → `Post`.
        static let posts = "posts"
        /// Input: `Like` → when.
        static let likes = "likes"
        /// Input: `Follow` → since when.
        static let follows = "follows"
        /// Output: author → `Engagement`.
        static let engagement = "author-engagement"
        /// Output: hour (milliseconds of its start) → its ten best posts.
        static let topPosts = "top-posts"

        static let inputs = [posts, likes, follows]
        static let all = inputs + [engagement, topPosts]
    }

    enum Stores {
        /// Post id → likes.
        static let likes = "likes-by-post"
        /// Author → `Engagement`.
        static let engagement = "engagement-by-author"
        /// Start of the hour → `HourScores`.
        static let hours = "scores-by-hour"
    }

    /// When the hour of `moment` began, both in milliseconds.
    static func hour(of moment: Int64) -> Int64 { moment - moment % 3_600_000 }

    static func make() throws -> Topology {
        let builder = StreamsBuilder()
        let posts = builder.table(Topics.posts, Consumed(key: .string, value: .json(Post.self)))
        let likes = builder.table(Topics.likes, Consumed(key: .json(Like.self), value: .int64))
        let follows = builder.table(Topics.follows, Consumed(key: .json(Follow.self), value: .int64))
        countEngagement(posts: posts, likesByPost: countLikes(likes), followers: countFollowers(follows))
        rankPosts(likes)
        return try builder.build()
    }

    /// Likes of each post. Taking a like back deletes its row, and the count goes down again.
    private static func countLikes(_ likes: KTable<Like, Int64>) -> KTable<String, Int64> {
        likes
            .groupBy(Grouped(key: .string, value: .string, name: "likes-of-post")) { like, _ in (like.post, like.user) }
            .count(.as(Stores.likes))
    }

    private static func countFollowers(_ follows: KTable<Follow, Int64>) -> KTable<String, Int64> {
        follows
            .groupBy(Grouped(key: .string, value: .string, name: "followers-of-author")) { follow, _ in
                (follow.author, follow.follower)
            }
            .count(.as("followers-by-author"))
    }

    /// Posts and likes of an author come from joining each post with its likes; followers join in author by author.
    private static func countEngagement(
        posts: KTable<String, Post>, likesByPost: KTable<String, Int64>, followers: KTable<String, Int64>
    ) {
        let written =
            posts
            .leftJoin(likesByPost) { post, likes in
                Authored(author: post.author, engagement: Engagement(posts: 1, likes: likes ?? 0))
            }
            .groupBy(Grouped(key: .string, value: .json(Engagement.self), name: "posts-of-author")) { _, authored in
                (authored.author, authored.engagement)
            }
            .aggregate(
                initial: Engagement(), Materialized(as: "posts-by-author", value: .json(Engagement.self)),
                adder: { _, post, sum in
                    Engagement(posts: sum.posts + post.posts, likes: sum.likes + post.likes)
                },
                subtractor: { _, post, sum in
                    Engagement(posts: sum.posts - post.posts, likes: sum.likes - post.likes)
                })
        written
            .outerJoin(followers, Materialized(as: Stores.engagement, key: .string, value: .json(Engagement.self))) {
                written, followers -> Engagement? in
                var engagement = written ?? Engagement()
                engagement.followers = followers ?? 0
                return engagement.isEmpty ? nil : engagement
            }
            .toStream()
            .to(Topics.engagement, Produced(key: .string, value: .json(Engagement.self)))
    }

    /// The likes of each post by the hour in which they were given, then all posts of an hour in one row. A like that
    /// is taken back leaves its hour again, however late.
    private static func rankPosts(_ likes: KTable<Like, Int64>) {
        likes
            .groupBy(Grouped(key: .json(PostHour.self), value: .string, name: "likes-of-post-in-hour")) {
                like, moment in
                (PostHour(post: like.post, hour: hour(of: moment)), like.user)
            }
            .count(.as("likes-by-post-and-hour"))
            .groupBy(Grouped(key: .int64, value: .json(PostScore.self), name: "posts-of-hour")) { key, likes in
                (key.hour, PostScore(post: key.post, likes: likes))
            }
            .aggregate(
                initial: HourScores(), Materialized(as: Stores.hours, value: .json(HourScores.self)),
                adder: { _, score, scores in
                    var scores = scores
                    scores.add(score)
                    return scores
                },
                subtractor: { _, score, scores in
                    var scores = scores
                    scores.subtract(score)
                    return scores
                }
            )
            .mapValues { scores in scores.top }
            .toStream()
            .to(Topics.topPosts, Produced(key: .int64, value: .json([PostScore].self)))
    }
}

/// What one post brings its author.
struct Authored: Codable, Hashable, Sendable {
    var author: String
    var engagement: Engagement
}

/// A post in one hour.
struct PostHour: Codable, Hashable, Sendable {
    var post: String
    /// Milliseconds of its start.
    var hour: Int64
}
