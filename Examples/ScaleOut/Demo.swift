import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import MillraceKafka

/// One run of the example, from starting the broker to the final tables. Does I/O; lives on the main thread.
final class Demo {
    private let options: ScaleOutOptions
    private let directory: String
    private let clock = SystemClock()
    private let started: UInt64
    private var screen = LiveScreen(style: .plain(everyMilliseconds: 0)) { text in
        FileHandle.standardOutput.write(Data(text.utf8))
    }
    private var lastLine: Int64 = 0
    private var shownAssignment: [String: [String]] = [:]
    /// The kill or the start that has not been followed by a settled assignment yet.
    private var change: (what: String, at: Int64)?
    private var hasAdded = false

    private static let firstNames = ["a", "b", "c"]
    private static let killedName = "b"
    private static let addedName = "d"
    /// Without the wanted for so long, the run is given up.
    private static let patienceMilliseconds: Int64 = 120_000
    private static let lineEveryMilliseconds: Int64 = 1_000

    init(_ options: ScaleOutOptions) throws {
        self.options = options
        started = clock.monotonicNanoseconds()
        directory = FileManager.default.temporaryDirectory.appending(path: "millrace-scale-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Whether the instances' stores together agree with the plain fold.
    func run() throws -> Bool {
        let folder = try findLogs()
        let expected = try ChatTotals.fold(folder)
        let broker = try BrokerChild(directory: directory)
        say("The broker listens on \(broker.address).")
        let cluster: any Cluster = try .kafka(bootstrapServers: broker.address)
        for topic in ChatTopology.Topics.all {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: options.partitions))
        }
        let topology = try ChatTopology.make()
        let crew = Crew(
            program: ScaleOutPrograms.own, directory: directory, bootstrapServers: broker.address,
            partitions: options.partitions, tasks: Demo.tasks(of: topology, options.partitions))
        for name in Demo.firstNames { try crew.start(name) }
        say("Started \(Demo.firstNames.joined(separator: ", ")): each is a process with one stream thread.")
        let lag = try GroupLag(of: ChatApplication.applicationID, in: cluster)
        try wait("a settled assignment", crew, until: { crew.isSettled })

        try flow(folder, lineCount: Int(expected.lineCount), into: cluster, crew) { try lag.records(of: topology) }
        try drain(crew, steps: topology.subtopologies.count + 1) { try lag.records(of: topology) }
        let totals = try collect(crew)
        screen.print([""] + ChatTables.final(totals) + [""])
        let late = try crew.stop(within: .seconds(60))
        if !late.isEmpty { say("\(late.joined(separator: ", ")) did not end in order.") }
        lag.close()
        try cluster.close()
        let isBrokerGone = broker.stop()
        if !isBrokerGone { say("The broker did not end in order.") }
        return verdict(totals.differences(from: expected)) && late.isEmpty && isBrokerGone
    }

    private static func tasks(of topology: Topology, _ partitions: Int32) -> Set<String> {
        Set(
            topology.subtopologies.flatMap { subtopology in
                (0..<partitions).map { TaskID(subtopology: subtopology.id, partition: $0).description }
            })
    }

    private func findLogs() throws -> LogFolder {
        if let logs = options.logs { return try LogFolder(logs) }
        say("Writing a synthetic log of \(grouped(options.lines)) lines (seed \(options.seed)) …")
        var log = SyntheticLog(seed: options.seed)
        _ = try log.write(lineCount: options.lines, into: "\(directory)/logs")
        return try LogFolder("\(directory)/logs")
    }

    // MARK: Steps

    /// Sends all lines, spread over the time of the options, while one instance is killed and another one is added. The
    /// last tenth waits until both have happened.
    private func flow(
        _ folder: LogFolder, lineCount: Int, into cluster: any Cluster, _ crew: Crew, lag: () throws -> Int64
    ) throws {
        let ingest = try ChatIngest(cluster: cluster, topic: ChatTopology.Topics.lines)
        defer { ingest.close() }
        let firstAt = now
        for file in folder.files {
            try ChatLogParser.forEachLine(of: try file.read(), day: file.day) { line in
                try ingest.send(line)
                let sent = ingest.lineCount
                let dueAt = firstAt + Int64(options.seconds) * 1_000 * Int64(sent) / Int64(lineCount)
                guard dueAt > now + 20 || sent % 200 == 0 else { return }
                try ingest.flush()
                repeat {
                    try look(crew)
                    try steer(crew, sent: sent, of: lineCount)
                    try showProgress(of: crew, sent: sent, lag: lag)
                    Thread.sleep(forTimeInterval: min(0.02, max(0, Double(dueAt - now) / 1_000)))
                } while now < dueAt
                guard sent > lineCount * 9 / 10 else { return }
                try wait("an instance killed and another one added", crew) {
                    try steer(crew, sent: sent, of: lineCount)
                    return hasAdded
                }
            }
        }
        try ingest.flush()
        say("All \(grouped(ingest.lineCount)) lines are sent.")
    }

    /// After a third of the input one instance is killed; after two thirds, and not before the others have taken over,
    /// one is added.
    private func steer(_ crew: Crew, sent: Int, of lineCount: Int) throws {
        if crew.killed.isEmpty, sent > lineCount / 3 {
            let pid = try crew.kill(Demo.killedName)
            note(change: "kill -9 of \(Demo.killedName), process \(pid)")
        }
        if !crew.killed.isEmpty, !hasAdded, change == nil, sent > lineCount * 2 / 3 {
            hasAdded = true
            try crew.start(Demo.addedName)
            note(change: "start of \(Demo.addedName)")
        }
    }

    /// Returns when everything is processed and committed, through all repartition topics, and nothing moves.
    private func drain(_ crew: Crew, steps: Int, lag: () throws -> Int64) throws {
        var emptyLooks = 0
        try wait("the end of the lag", crew) {
            emptyLooks = try lag() == 0 ? emptyLooks + 1 : 0
            return emptyLooks >= steps && crew.isSettled
        }
    }

    /// The rows of all stores, read while no task moves.
    private func collect(_ crew: Crew) throws -> ChatTotals {
        while true {
            try wait("a settled assignment", crew) { crew.isSettled }
            let before = (crew.assignment, crew.rebalances)
            try crew.askForTotals()
            var answers: [InstanceTotals] = []
            try wait("the instances' totals", crew) {
                answers = crew.totals ?? []
                return crew.totals != nil
            }
            // Statuses that were sent after the answers.
            let end = now + 1_000
            try wait("another status", crew) { now > end }
            if crew.isSettled, before == (crew.assignment, crew.rebalances) { return InstanceTotals.sum(answers) }
        }
    }

    private func verdict(_ differences: [String]) -> Bool {
        if differences.isEmpty {
            say("The plain fold gives the same totals.")
            return true
        }
        screen.print(["The totals DIFFER from the plain fold:"] + differences.map { "  " + $0 })
        return false
    }

    // MARK: Looking on

    /// Milliseconds since the start.
    private var now: Int64 { Int64((clock.monotonicNanoseconds() - started) / 1_000_000) }

    private func say(_ text: String) {
        screen.print([String(format: "%6.1f s  ", Double(now) / 1_000) + text])
    }

    private func note(change what: String) {
        say(what)
        change = (what, now)
    }

    private func wait(_ what: String, _ crew: Crew, until isDone: () throws -> Bool) throws {
        let deadline = now + Demo.patienceMilliseconds
        while true {
            try look(crew)
            if try isDone() { return }
            guard now < deadline else { throw ScaleOutError("no \(what) within two minutes") }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// Takes in what the instances say and shows what is new.
    private func look(_ crew: Crew) throws {
        try crew.update()
        if crew.isSettled {
            if let (what, at) = change {
                change = nil
                say("\(what): every task runs \(String(format: "%.1f", Double(now - at) / 1_000)) s later")
            }
            if crew.assignment != shownAssignment {
                shownAssignment = crew.assignment
                screen.print([""] + table(crew) + [""])
            }
        }
    }

    private func showProgress(of crew: Crew, sent: Int, lag: () throws -> Int64) throws {
        guard now - lastLine >= Demo.lineEveryMilliseconds else { return }
        lastLine = now
        let tasks = crew.members.map { member in
            "\(member.name) runs \(member.status.active.count), warm \(member.status.standby.count)"
        }
        say("sent \(grouped(sent)), lag \(grouped(try lag())) · \(tasks.joined(separator: " · "))")
    }

    private func table(_ crew: Crew) -> [String] {
        AssignmentTable.lines(
            crew.members.map { AssignmentTable.Row(name: $0.name, pid: $0.process.pid, status: $0.status) },
            killed: crew.killed)
    }
}
