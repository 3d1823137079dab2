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
    /// - Throws: `QueryError`; `.notHere` where no task of a store is here.
    public func totals() throws -> ChatTotals { try totals(whereHere: false) }

    /// Everything in the stores that are here: of one whose tasks all run elsewhere nothing.
    public func localTotals() throws -> ChatTotals { try totals(whereHere: true) }

    private func totals(whereHere isPartial: Bool) throws -> ChatTotals {
        func rows<Row>(_ read: () throws -> [Row]) throws -> [Row] {
            do { return try read() } catch QueryError.notHere where isPartial { return [] }
        }
        let mentions = try rows {
            try streams.store(ChatTopology.Stores.mentions, .keyValue(Mention.self, Int64.self)).all()
        }
        return ChatTotals(
            lines: try rows(lines).map { ($0.key, $0.value) },
            nicks: try rows { try nicks().all() }.map { ($0.key, $0.value) },
            topTalkers: try rows { [try topTalkers()] }.first ?? nil, mentions: mentions.map { ($0.key, $0.value) },
            minutes: try rows { try counts(ChatTopology.Stores.minutes) },
            hours: try rows { try counts(ChatTopology.Stores.hours) })
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
