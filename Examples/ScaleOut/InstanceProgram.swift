import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import MillraceKafka

/// One of the processes that share the application: `ScaleOut instance <bootstrap servers> <directory> <partitions>`.
/// It tells how it stands a few times a second, answers the word "totals" with the rows of its stores, and ends at the
/// word "stop", or where its standard input does, since then nobody is left who wants it.
struct InstanceProgram {
    static let word = "instance"
    private static let reportInterval = Duration.milliseconds(200)

    let bootstrapServers: String
    let directory: String
    let partitions: Int32

    /// Nil where the command line is another one.
    init?(_ arguments: [String]) {
        guard arguments.count == 4, arguments[0] == InstanceProgram.word, let partitions = Int32(arguments[3]) else {
            return nil
        }
        bootstrapServers = arguments[1]
        directory = arguments[2]
        self.partitions = partitions
    }

    init(bootstrapServers: String, directory: String, partitions: Int32) {
        self.bootstrapServers = bootstrapServers
        self.directory = directory
        self.partitions = partitions
    }

    var arguments: [String] { [InstanceProgram.word, bootstrapServers, directory, "\(partitions)"] }

    func run() throws -> Bool {
        let orders = InstanceProgram.readOrders()
        let application = try makeApplication()
        try application.start()
        while true {
            try tell(.status(InstanceProgram.status(of: application.streams)))
            if application.streams.waitUntil(.error, timeout: InstanceProgram.reportInterval) {
                throw application.streams.error ?? StreamsError(.timedOut, "stopped without an error")
            }
            for order in orders.withLock({ orders in orders.take() }) {
                switch order {
                case "totals": try tell(.totals(InstanceTotals(application.localTotals())))
                default:
                    try application.close()
                    return true
                }
            }
        }
    }

    private func makeApplication() throws -> ChatApplication {
        var settings = ChatApplication.Settings(dataDirectory: directory, partitions: partitions, threads: 1)
        settings.commitInterval = .milliseconds(100)
        // The one line that is another than with the broker in this process: .embedded(at: "\(directory)/broker").
        let cluster: any Cluster = try .kafka(bootstrapServers: bootstrapServers)
        return try ChatApplication(settings, cluster: cluster) { configuration in
            configuration.standbyReplicas = 1
            // How long a killed instance goes unnoticed, and how long its open transaction holds up its successors.
            configuration.sessionTimeout = .seconds(2)
            configuration.heartbeatInterval = .milliseconds(300)
            configuration.transactionTimeout = .seconds(3)
            configuration.rebalanceTimeout = .seconds(20)
            // How soon a task moves to an instance that was added, once that is warm.
            configuration.probingRebalanceInterval = .seconds(5)
        }
    }

    private func tell(_ report: InstanceReport) throws {
        var line = try JSONEncoder().encode(report)
        line.append(UInt8(ascii: "\n"))
        try FileHandle.standardOutput.write(contentsOf: line)
    }

    static func status(of streams: StreamsApplication) -> InstanceStatus {
        let metrics = streams.metrics
        func names(_ tasks: [TaskID]) -> [String] { tasks.sorted().map(\.description) }
        return InstanceStatus(
            state: "\(streams.state)", active: names(metrics.tasks.filter { !$0.isRestoring }.map(\.id)),
            restoring: names(metrics.tasks.filter(\.isRestoring).map(\.id)), standby: names(metrics.standbys.map(\.id)),
            processedRecords: metrics.processedRecords,
            rebalances: metrics.threads.reduce(0) { $0 + $1.rebalances })
    }

    /// Reads standard input on a thread of its own, a word a line.
    private static func readOrders() -> Monitor<Orders> {
        let orders = Monitor(Orders())
        Thread.detachNewThread {
            while let line = readLine() { orders.update { $0.waiting.append(line) } }
            _exit(Program.ExitCode.failure)
        }
        return orders
    }

    private struct Orders {
        var waiting: [String] = []

        mutating func take() -> [String] {
            defer { waiting = [] }
            return waiting
        }
    }
}
