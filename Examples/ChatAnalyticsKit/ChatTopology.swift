public import Millrace

/// What the example computes, as a topology. Pure: built once, run by `ChatApplication` or by a test driver.
///
/// Times of the logs jump: days are spread over partitions that are read each at its own pace, and clocks run
/// backwards. So windows never close (`grace`), and the answer is exact whatever the order.
public enum ChatTopology {
    public enum Topics {
        /// Input: nick → line.
        public static let lines = "chat-lines"
        /// Output: nick → what it has said so far.
        public static let activity = "chat-activity"
        /// Output: one record a mention, without a value.
        public static let mentions = "chat-mentions"

        public static let all = [lines, activity, mentions]
    }

    public enum Stores {
        /// What a line counts as (`ChatLine.countedAs`) → lines.
        public static let lines = "lines-by-kind"
        /// Nick → `NickActivity`.
        public static let nicks = "nicks"
        /// `everybody` → `TopTalkers`.
        public static let topTalkers = "top-talkers"
        /// `Mention` → how often.
        public static let mentions = "mentions"
        /// Windows of a minute, by day ("2004-12-25") → messages.
        public static let minutes = "messages-per-minute"
        /// Windows of an hour, by day → messages.
        public static let hours = "messages-per-hour"

        public static let all = [lines, nicks, topTalkers, mentions, minutes, hours]
    }

    public static let everybody = "everybody"
    public static let minute = Duration.seconds(60)
    public static let hour = Duration.seconds(3_600)

    /// Longer than any log: no window of the past closes.
    static let grace = Duration.seconds(50 * 366 * 86_400)

    public static func make() throws -> Topology {
        let builder = StreamsBuilder()
        let lines = builder.stream(Topics.lines, Consumed(key: .string, value: ChatLineSerde()))
        countKinds(of: lines)
        let messages = lines.filter { _, line in line.kind == .message }
        rankTalkers(countTalkers(messages))
        countMentions(in: messages)
        countTimes(of: messages)
        return try builder.build()
    }

    /// Every line counts under each of its names.
    private static func countKinds(of lines: KStream<String, ChatLine>) {
        _ =
            lines
            .flatMap { _, line in line.countedAs.map { ($0, "") } }
            .groupByKey(Grouped(key: .string, value: .string, name: "kinds"))
            .count(.as(Stores.lines))
    }

    /// Messages and active days per nick.
    private static func countTalkers(_ messages: KStream<String, ChatLine>) -> KTable<String, NickActivity> {
        let nicks =
            messages
            .groupByKey(Grouped(key: .string, value: ChatLineSerde()))
            .aggregate(initial: NickActivity(), Materialized(as: Stores.nicks, value: NickActivitySerde())) {
                _, line, activity in
                var activity = activity
                activity.add(messageOn: line.day)
                return activity
            }
        nicks.toStream().to(Topics.activity, Produced(key: .string, value: NickActivitySerde()))
        return nicks
    }

    /// The ten who talk most, in one row. The subtractor has nothing to do: a nick's new count replaces its old one.
    private static func rankTalkers(_ nicks: KTable<String, NickActivity>) {
        _ =
            nicks
            .groupBy(Grouped(key: .string, value: TalkerSerde(), name: "talkers")) { nick, activity in
                (everybody, Talker(nick: nick, messageCount: activity.messageCount))
            }
            .aggregate(
                initial: TopTalkers(), Materialized(as: Stores.topTalkers, value: TopTalkersSerde()),
                adder: { _, talker, top in
                    var top = top
                    top.update(talker)
                    return top
                }, subtractor: { _, _, top in top })
    }

    /// Who speaks to whom.
    private static func countMentions(in messages: KStream<String, ChatLine>) {
        let mentions = messages.flatMap { nick, line in
            MentionParser.mentionedNick(in: line.text).map { [(Mention(from: nick, to: $0), "")] } ?? []
        }
        mentions.to(Topics.mentions, Produced(key: MentionSerde(), value: .string))
        _ =
            mentions
            .groupByKey(Grouped(key: MentionSerde(), value: .string, name: "mentions"))
            .count(.as(Stores.mentions))
    }

    /// Messages per minute and per hour. Keyed by day, so that the days share the partitions.
    private static func countTimes(of messages: KStream<String, ChatLine>) {
        let days =
            messages
            .map { _, line in (line.day.description, "") }
            .repartition(Repartitioned(name: "days", key: .string, value: .string))
            .groupByKey(Grouped(key: .string, value: .string))
        _ = days.windowed(by: .tumbling(size: minute, grace: grace))
            .count(.as(Stores.minutes))
        _ = days.windowed(by: .tumbling(size: hour, grace: grace))
            .count(.as(Stores.hours))
    }
}
