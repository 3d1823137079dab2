import Millrace

// What happens in the feed, as it lies in the topics. All three topics are tables: the last record of a key counts, and
// a null value takes it back.

/// A post. Topic `posts`, keyed by the post's id; deleted by null.
struct Post: Codable, Hashable, Sendable {
    var author: String
    var text: String
}

/// Who likes what: the key of topic `likes`. The value is the moment of the like; null takes the like back.
struct Like: Codable, Hashable, Sendable {
    var post: String
    var user: String
}

/// Who follows whom: the key of topic `follows`. The value is the moment it began; null ends it.
struct Follow: Codable, Hashable, Sendable {
    var follower: String
    var author: String
}

/// What an author has brought about so far.
struct Engagement: Codable, Hashable, Sendable {
    var posts: Int64 = 0
    var likes: Int64 = 0
    var followers: Int64 = 0

    /// Nothing at all: the author needs no row.
    var isEmpty: Bool { posts == 0 && likes == 0 && followers == 0 }
}

/// A post and its likes of one hour.
struct PostScore: Codable, Hashable, Sendable, Comparable {
    var post: String
    var likes: Int64

    /// More likes first, then by name.
    static func < (left: PostScore, right: PostScore) -> Bool {
        left.likes == right.likes ? left.post < right.post : left.likes > right.likes
    }
}

/// The likes that each post got in one hour and still has. It holds them all, since an unlike can bring back a post
/// that had fallen behind; what is shown are the first ten.
struct HourScores: Codable, Hashable, Sendable {
    var likes: [String: Int64] = [:]

    static let shown = 10

    mutating func add(_ score: PostScore) { set(score.post, to: (likes[score.post] ?? 0) + score.likes) }
    mutating func subtract(_ score: PostScore) { set(score.post, to: (likes[score.post] ?? 0) - score.likes) }

    private mutating func set(_ post: String, to count: Int64) { likes[post] = count == 0 ? nil : count }

    /// The best posts, best first.
    var top: [PostScore] {
        likes.filter { $0.value > 0 }.map { PostScore(post: $0.key, likes: $0.value) }.sorted()
            .prefix(HourScores.shown).map { $0 }
    }
}
