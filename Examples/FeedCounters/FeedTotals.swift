import Millrace

/// The same counters by a plain fold over all events, to hold the streams against. It shares no code with them but the
/// ranking of an hour. Pure.
struct FeedTotals {
    private(set) var engagement: [String: Engagement] = [:]
    private(set) var likes: [String: Int64] = [:]
    private(set) var topPosts: [Int64: [PostScore]] = [:]

    private var posts: [String: Post] = [:]
    private var standing: [Like: Int64] = [:]
    private var follows: Set<Follow> = []

    mutating func add(_ event: SyntheticFeed.Event, at time: Timestamp) {
        switch event {
        case .post(let id, let post): posts[id] = post
        case .follow(let follow, let isTakenBack):
            if isTakenBack { follows.remove(follow) } else { follows.insert(follow) }
        case .like(let like, let isTakenBack):
            standing[like] = isTakenBack ? nil : time.millisecondsSinceEpoch
        }
    }

    /// Call once, after the last event.
    mutating func finish() {
        var hours: [Int64: HourScores] = [:]
        for (like, moment) in standing {
            likes[like.post, default: 0] += 1
            hours[moment / 3_600_000 * 3_600_000, default: HourScores()].add(PostScore(post: like.post, likes: 1))
        }
        for (id, post) in posts {
            engagement[post.author, default: Engagement()].posts += 1
            engagement[post.author, default: Engagement()].likes += likes[id] ?? 0
        }
        for follow in follows { engagement[follow.author, default: Engagement()].followers += 1 }
        topPosts = hours.mapValues(\.top)
    }

    /// What the streams' results have differently; empty where all is right.
    func differences(engagement found: [String: Engagement], topPosts foundTop: [Int64: [PostScore]]) -> [String] {
        var lines: [String] = []
        for author in Set(engagement.keys).union(found.keys).sorted() where engagement[author] != found[author] {
            lines.append("\(author): \(text(found[author])) instead of \(text(engagement[author]))")
        }
        for hour in Set(topPosts.keys).union(foundTop.keys).sorted() where topPosts[hour] != foundTop[hour] {
            lines.append("hour \(hour): \(text(foundTop[hour])) instead of \(text(topPosts[hour]))")
        }
        return lines
    }

    private func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "nothing" }
}
