import ChatAnalyticsKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// What a program without streams makes of the same lines, and the comparison with what the streams have left.
struct PlainFold {
    private(set) var totals = ChatTotals()
    private(set) var lineCount = 0
    /// What each nick's activity was after its first message, its second …
    private var history: [String: [NickActivity]] = [:]

    init(_ lines: some Sequence<ChatLogParser.Line>) {
        for line in lines {
            lineCount += 1
            totals.add(line)
            if line.line.kind == .message, let activity = totals.nicks[line.nick] {
                history[line.nick, default: []].append(activity)
            }
        }
        totals.rankTalkers()
    }

    /// Compares what the stores hold, row by row, through the application's local queries.
    func checkStores(_ application: ChatApplication, _ comment: Comment) throws {
        #expect(try application.totals().differences(from: totals) == [], comment)
        // A key that stands in two partitions would not show in the totals.
        let stores = application.streams
        let nicks = try stores.store(ChatTopology.Stores.nicks, .keyValue(String.self, NickActivity.self)).all()
        #expect(nicks.count == totals.nicks.count, comment)
        let mentions = try stores.store(ChatTopology.Stores.mentions, .keyValue(Mention.self, Int64.self)).all()
        #expect(mentions.count == totals.mentions.count, comment)
        for (name, expected) in [
            (ChatTopology.Stores.minutes, totals.messagesPerMinute.count),
            (ChatTopology.Stores.hours, totals.messagesPerHour.count),
        ] {
            #expect(try stores.store(name, .window(String.self, Int64.self)).all().count == expected, comment)
        }
    }

    /// Compares what those who read committed see of the topics.
    func checkTopics(_ cluster: any Cluster, _ comment: Comment) throws {
        let lines = try CommittedTopic(ChatTopology.Topics.lines, of: cluster)
        #expect(lines.records.count == lineCount, comment)
        try checkActivity(try CommittedTopic(ChatTopology.Topics.activity, of: cluster), comment)
        var mentions: [Mention: Int64] = [:]
        for record in try CommittedTopic(ChatTopology.Topics.mentions, of: cluster).records {
            mentions[try MentionSerde().deserialize(record.key.span.bytes), default: 0] += 1
        }
        let differing = Set(mentions.keys).union(totals.mentions.keys).filter { mentions[$0] != totals.mentions[$0] }
        #expect(differing.isEmpty, comment)
    }

    /// Each record is the plain fold's own state of its nick at some message, each later than the one before: nothing
    /// is doubled. The last is the final state: nothing is lost.
    private func checkActivity(_ topic: CommittedTopic, _ comment: Comment) throws {
        var last: [String: NickActivity] = [:]
        for record in topic.records {
            let nick = String(decoding: record.key, as: UTF8.self)
            let activity = try NickActivitySerde().deserialize(record.value.span.bytes)
            let states = history[nick] ?? []
            let place = Int(activity.messageCount) - 1
            #expect(states.indices.contains(place) && states[place] == activity, "\(nick): \(comment)")
            #expect(activity.messageCount > last[nick]?.messageCount ?? 0, "\(nick) twice: \(comment)")
            last[nick] = activity
        }
        #expect(last == totals.nicks, comment)
    }
}

/// All committed records of a topic, partition by partition in the order of their offsets.
struct CommittedTopic {
    private(set) var records: [(key: [UInt8], value: [UInt8])] = []

    init(_ topic: String, of cluster: any Cluster) throws {
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "check"))
        defer { consumer.close() }
        let count = try #require(try cluster.admin.describeTopic(topic)?.partitionCount)
        for partition in (0..<count).map({ TopicPartition(topic, $0) }) {
            let end = try #require(try cluster.admin.offset(of: partition, at: .latest(.readUncommitted)))
            let stable = try cluster.admin.offset(of: partition, at: .latest(.readCommitted))
            #expect(stable == end, "a transaction of \(partition) is open")
            try consumer.assign([partition])
            try consumer.seek(partition, to: .zero)
            var fetched: [FetchedBatches] = []
            while try consumer.position(of: partition) < end {
                let position = try consumer.position(of: partition)
                _ = try consumer.poll(maxWait: .zero, into: &fetched)
                for batches in fetched { try add(batches) }
                // Nothing but markers.
                if try consumer.position(of: partition) == position { break }
            }
        }
    }

    private mutating func add(_ fetched: FetchedBatches) throws {
        let bytes = fetched.buffer.bytes
        for batch in fetched.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                records.append((copy(slot.key, bytes), copy(slot.value, bytes)))
            }
        }
    }

    private func copy(_ range: Range<Int>?, _ bytes: RawSpan) -> [UInt8] {
        range.map { [UInt8](copying: bytes.extracting($0)) } ?? []
    }
}
