import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCluster

/// One run: logs are produced while the streams find sessions and conversations; at the end the result is shown and
/// held against a plain fold. Does I/O; lives on the main thread.
struct SessionsDemo {
    /// A folder of IRC logs; nil for a made-up one.
    var logs: String?
    var lineCount = 100_000
    /// Topics and stores, and a made-up log.
    var directory: String

    /// Whether the streams agree with the fold.
    func run() throws -> Bool {
        let folder = try findLogs()
        let cluster = try EmbeddedCluster(dataDirectory: "\(directory)/broker")
        for topic in SessionsTopology.Topics.all where try cluster.admin.describeTopic(topic) == nil {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 4))
        }
        let application = try StreamsApplication(
            try SessionsTopology.make(),
            StreamsConfiguration(
                applicationID: "chat-sessions", cluster: cluster, stateDirectory: "\(directory)/state", threads: 2))
        try application.start()
        print("Producing the lines of \(folder.files.count) days …")
        let ingest = try ChatIngest(cluster: cluster, topic: SessionsTopology.Topics.lines)
        for file in folder.files { try ingest.send(file) }
        try ingest.flush()
        ingest.close()
        print("Waiting until all \(ingest.lineCount) lines are through …")
        guard try application.waitUntilProcessed(timeout: .seconds(300)) else {
            throw application.error ?? SessionsError("the lines were not through within five minutes")
        }
        let nicks = try application.store(
            SessionsTopology.Stores.nicks, .keyValue(String.self, NickSessions.self)
        ).all()
        let exchanges = try application.store(
            SessionsTopology.Stores.exchanges, .keyValue(Pair.self, Int64.self)
        ).all()
        show(nicks.map { ($0.key, $0.value) }, exchanges.map { ($0.key, $0.value) })
        application.close()
        try cluster.close()
        let totals = try fold(folder)
        let differences = totals.differences(
            nicks: Dictionary(uniqueKeysWithValues: nicks.map { ($0.key, $0.value) }),
            exchanges: Dictionary(uniqueKeysWithValues: exchanges.map { ($0.key, $0.value) }))
        for line in differences.prefix(20) { print("  DIFFERENT: \(line)") }
        if differences.isEmpty { print("A plain fold over the same lines gives the same sessions and conversations.") }
        return differences.isEmpty
    }

    private func findLogs() throws -> LogFolder {
        if let logs { return try LogFolder(logs) }
        print("Writing a synthetic log of \(lineCount) lines …")
        var log = SyntheticLog(seed: 1)
        _ = try log.write(lineCount: lineCount, into: "\(directory)/logs")
        return try LogFolder("\(directory)/logs")
    }

    private func fold(_ folder: LogFolder) throws -> SessionsTotals {
        var totals = SessionsTotals()
        for file in folder.files {
            ChatLogParser.forEachLine(of: try file.read(), day: file.day) { totals.add($0) }
        }
        totals.finish()
        return totals
    }

    private func show(_ nicks: [(String, NickSessions)], _ exchanges: [(Pair, Int64)]) {
        print("\nMost often here               sessions  messages     hours")
        let busiest = nicks.sorted { ($1.1.sessionCount, $0.0) < ($0.1.sessionCount, $1.0) }
        for (nick, row) in busiest.prefix(10) {
            print(
                "  " + left(nick, 26) + right("\(row.sessionCount)", 10) + right("\(row.messageCount)", 10)
                    + right("\(row.onlineMilliseconds / 3_600_000)", 10))
        }
        print("\nWho asks whom, and is answered within ten minutes")
        let most = exchanges.sorted { ($1.1, $0.0.asker, $0.0.asked) < ($0.1, $1.0.asker, $1.0.asked) }
        for (pair, count) in most.prefix(10) {
            print("  " + left("\(pair.asker) asks \(pair.asked)", 36) + right("\(count)", 10))
        }
        print("")
    }

    private func left(_ text: String, _ width: Int) -> String {
        TextTable.printable(text).padding(toLength: width, withPad: " ", startingAt: 0)
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// Why a run was given up.
struct SessionsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
