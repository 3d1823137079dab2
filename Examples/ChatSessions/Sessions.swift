import Millrace

/// What somebody wrote in one session.
struct SessionActivity: Codable, Hashable, Sendable {
    var messageCount: Int64 = 0
    var characterCount: Int64 = 0

    static func + (left: SessionActivity, right: SessionActivity) -> SessionActivity {
        SessionActivity(
            messageCount: left.messageCount + right.messageCount,
            characterCount: left.characterCount + right.characterCount)
    }
}

/// All sessions of one nick together.
struct NickSessions: Codable, Hashable, Sendable {
    var sessionCount: Int64 = 0
    var messageCount: Int64 = 0
    /// From the first message of each session to its last.
    var onlineMilliseconds: Int64 = 0

    static func + (left: NickSessions, right: NickSessions) -> NickSessions {
        NickSessions(
            sessionCount: left.sessionCount + right.sessionCount, messageCount: left.messageCount + right.messageCount,
            onlineMilliseconds: left.onlineMilliseconds + right.onlineMilliseconds)
    }

    static func - (left: NickSessions, right: NickSessions) -> NickSessions {
        NickSessions(
            sessionCount: left.sessionCount - right.sessionCount, messageCount: left.messageCount - right.messageCount,
            onlineMilliseconds: left.onlineMilliseconds - right.onlineMilliseconds)
    }
}

/// Who asked, and who was asked: the key of questions and of their answers.
struct Pair: Codable, Hashable, Sendable {
    var asker: String
    var asked: String
}

/// A question with one of its answers.
struct Exchange: Codable, Hashable, Sendable {
    var question: String
    var answer: String
}
