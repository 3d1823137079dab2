public import Millrace

/// Reads the running application's local stores: committed values, from any thread, as any user's code can.
/// All methods throw `QueryError`, for instance while a store still restores.
public struct ChatStores: Sendable {
    private let streams: StreamsApplication

    public init(_ streams: StreamsApplication) { self.streams = streams }

    /// Lines counted so far.
    public func lineCount() throws -> Int64 {
        try ChatTotals(lines: lines().map { ($0.key, $0.value) }).lineCount
    }

    public func topTalkers() throws -> TopTalkers? {
        try streams.store(ChatTopology.Stores.topTalkers, .keyValue(String.self, TopTalkers.self))
            .get(ChatTopology.everybody)
    }

    public func activity(of nick: String) throws -> NickActivity? { try nicks().get(nick) }

    /// Everything in the stores.
    public func totals() throws -> ChatTotals {
        let mentions = try streams.store(ChatTopology.Stores.mentions, .keyValue(Mention.self, Int64.self))
        return ChatTotals(
            lines: try lines().map { ($0.key, $0.value) }, nicks: try nicks().all().map { ($0.key, $0.value) },
            topTalkers: try topTalkers(), mentions: try mentions.all().map { ($0.key, $0.value) },
            minutes: try counts(ChatTopology.Stores.minutes), hours: try counts(ChatTopology.Stores.hours))
    }

    private func lines() throws -> [(key: String, value: Int64)] {
        try streams.store(ChatTopology.Stores.lines, .keyValue(String.self, Int64.self)).all()
    }

    private func nicks() throws -> KeyValueView<String, NickActivity> {
        try streams.store(ChatTopology.Stores.nicks, .keyValue(String.self, NickActivity.self))
    }

    private func counts(_ store: String) throws -> [(Timestamp, Int64)] {
        try streams.store(store, .window(String.self, Int64.self)).all().map { ($0.windowStart, $0.value) }
    }
}
