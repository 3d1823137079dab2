import ChatAnalyticsKit
import Millrace

/// What the example computes from the lines of a chat: sessions of each nick by session windows, and conversations by a
/// stream–stream join of questions with answers. Pure: built once, run by an application or by a test driver.
enum SessionsTopology {
    enum Topics {
        /// Input: nick → line.
        static let lines = "chat-lines"
        /// Output: nick and session → `SessionActivity`; merged sessions are taken back by null.
        static let sessions = "chat-sessions"
        /// Output: `Pair` → `Exchange`.
        static let exchanges = "chat-exchanges"

        static let all = [lines, sessions, exchanges]
    }

    enum Stores {
        /// Nick and session → `SessionActivity`.
        static let sessions = "sessions"
        /// Nick → `NickSessions`.
        static let nicks = "sessions-by-nick"
        /// `Pair` → how many answers to questions.
        static let exchanges = "exchanges-by-pair"
    }

    /// Who says nothing for longer has left.
    static let gap = Duration.seconds(30 * 60)
    /// Who answers later answers something else.
    static let patience = Duration.seconds(10 * 60)
    /// Days of a backlog are read in any order, so nothing is ever late.
    static let grace = Duration.seconds(50 * 366 * 86_400)

    static func make() throws -> Topology {
        let builder = StreamsBuilder()
        let messages = builder.stream(Topics.lines, Consumed(key: .string, value: ChatLineSerde()))
            .filter { _, line in line.kind == .message }
        countSessions(of: messages)
        findExchanges(in: messages)
        return try builder.build()
    }

    private static func countSessions(of messages: KStream<String, ChatLine>) {
        let sessions =
            messages
            .groupByKey(Grouped(key: .string, value: ChatLineSerde()))
            .windowed(by: .session(gap: gap, grace: grace))
            .aggregate(
                initial: SessionActivity(), Materialized(as: Stores.sessions, value: .json(SessionActivity.self)),
                merger: { _, one, two in one + two },
                { _, line, activity in
                    activity + SessionActivity(messageCount: 1, characterCount: Int64(line.text.count))
                })
        sessions.toStream().to(
            Topics.sessions, Produced(key: .sessionWindowed(.string), value: .json(SessionActivity.self)))
        // A session that grows or is merged is taken out of the sum and put in anew.
        _ =
            sessions
            .groupBy(Grouped(key: .string, value: .json(NickSessions.self), name: "sessions-of-nick")) {
                key, activity in
                let length = key.window.end.millisecondsSinceEpoch - key.window.start.millisecondsSinceEpoch
                let session = NickSessions(
                    sessionCount: 1, messageCount: activity.messageCount, onlineMilliseconds: length)
                return (key.key, session)
            }
            .aggregate(
                initial: NickSessions(), Materialized(as: Stores.nicks, value: .json(NickSessions.self)),
                adder: { _, session, sum in sum + session }, subtractor: { _, session, sum in sum - session })
    }

    /// "bob: does it compile?" by alice meets "alice: it does" by bob, if that comes within ten minutes.
    private static func findExchanges(in messages: KStream<String, ChatLine>) {
        let questions = messages.flatMap { nick, line -> [(Pair, String)] in
            guard line.text.contains("?"), let asked = MentionParser.mentionedNick(in: line.text) else { return [] }
            return [(Pair(asker: nick, asked: asked), line.text)]
        }
        let answers = messages.flatMap { nick, line -> [(Pair, String)] in
            guard let asker = MentionParser.mentionedNick(in: line.text) else { return [] }
            return [(Pair(asker: asker, asked: nick), line.text)]
        }
        let exchanges = questions.join(
            answers, within: JoinWindows(before: .zero, after: patience, grace: grace),
            StreamJoined(key: .json(Pair.self), left: .string, right: .string, name: "questions-with-answers")
        ) { question, answer in Exchange(question: question, answer: answer) }
        exchanges.to(Topics.exchanges, Produced(key: .json(Pair.self), value: .json(Exchange.self)))
        _ =
            exchanges
            .groupByKey(Grouped(key: .json(Pair.self), value: .json(Exchange.self)))
            .count(.as(Stores.exchanges))
    }
}
