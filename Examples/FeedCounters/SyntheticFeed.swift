import Millrace

/// A made-up feed, the same for the same seed: few authors write most posts, few posts get most likes, and a tenth of
/// the likes and follows is taken back again. Pure.
struct SyntheticFeed {
    enum Event: Sendable {
        case post(String, Post?)
        case like(Like, isTakenBack: Bool)
        case follow(Follow, isTakenBack: Bool)
    }

    /// Milliseconds between two events, about.
    private static let pace: UInt64 = 700
    private static let users: UInt64 = 400

    private var dice: Dice
    private var now: Int64
    private var postCount = 0
    private var likes: [Like] = []
    private var follows: [Follow] = []

    /// - Parameter start: when the first event happens.
    init(seed: UInt64, start: Timestamp = Timestamp(1_767_225_600_000)) {
        dice = Dice(state: seed)
        now = start.millisecondsSinceEpoch
    }

    mutating func next() -> (event: Event, time: Timestamp) {
        now += Int64(dice.below(2 * SyntheticFeed.pace))
        return (event(), Timestamp(now))
    }

    private mutating func event() -> Event {
        let kind = dice.below(100)
        if postCount == 0 || kind < 10 { return write() }
        if kind < 11 { return .post("post-\(dice.below(UInt64(postCount)))", nil) }
        if kind < 30 { return follow() }
        return like()
    }

    private mutating func write() -> Event {
        let post = Post(author: "author-\(dice.skewed(50))", text: "text \(postCount)")
        postCount += 1
        return .post("post-\(postCount - 1)", post)
    }

    private mutating func like() -> Event {
        if !likes.isEmpty, dice.below(10) == 0 {
            return .like(likes.remove(at: Int(dice.below(UInt64(likes.count)))), isTakenBack: true)
        }
        let like = Like(post: "post-\(dice.skewed(UInt64(postCount)))", user: "user-\(dice.below(SyntheticFeed.users))")
        likes.append(like)
        return .like(like, isTakenBack: false)
    }

    private mutating func follow() -> Event {
        if !follows.isEmpty, dice.below(10) == 0 {
            return .follow(follows.remove(at: Int(dice.below(UInt64(follows.count)))), isTakenBack: true)
        }
        let follow = Follow(
            follower: "user-\(dice.below(SyntheticFeed.users))", author: "author-\(dice.skewed(50))")
        follows.append(follow)
        return .follow(follow, isTakenBack: false)
    }
}

/// SplitMix64 by its published constants.
private struct Dice {
    var state: UInt64

    mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % bound
    }

    /// Small numbers much more often than large ones.
    mutating func skewed(_ bound: UInt64) -> UInt64 { min(below(bound), below(bound), below(bound)) }
}
