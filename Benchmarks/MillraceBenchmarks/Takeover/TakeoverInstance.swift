import Foundation
import Millrace
import MillraceBroker
import MillraceCore
import MillraceKafka
import MillraceServer

/// One instance of the application that is taken over from, as a process of its own. It prints what its parent waits
/// for: "running", "warm" once its standbys lack nothing, and a line for each restore.
struct TakeoverInstance {
    var options: TakeoverOptions
    var servers: String
    var name: String

    static let input = "takeover-in"
    static let output = "takeover-out"

    func run() throws {
        let builder = StreamsBuilder()
        builder.stream(TakeoverInstance.input, Consumed(key: BytesSerde(), value: BytesSerde()))
            .groupByKey().count(.as("counts")).toStream().to(TakeoverInstance.output)
        var configuration = StreamsConfiguration(
            applicationID: TakeoverCase.applicationID,
            cluster: try KafkaCluster(bootstrapServers: servers),
            stateDirectory: "\(options.directory)/state-\(name)",
            standbyReplicas: options.standbys, sessionTimeout: .seconds(options.sessionTimeoutSeconds))
        configuration.uncaughtErrors = { error in
            Self.write("error \(error)")
            return .stopInstance
        }
        let application = try StreamsApplication(try builder.build(), configuration)
        try application.start()
        // Until the parent is gone.
        _ = SystemThread.start(name: "stdin") {
            while readLine() != nil {}
            exit(0)
        }
        var said: Set<String> = []
        func say(_ line: String) {
            if said.insert(line).inserted { Self.write(line) }
        }
        // Whatever is said goes past the C library, whose `fflush` would wait for the thread that reads.
        while application.state != .error {
            if application.state == .running { say("running") }
            let standbys = application.metrics.standbys
            if !standbys.isEmpty, standbys.allSatisfy({ $0.lag == 0 && $0.restoredRecords >= options.keys }) {
                say("warm")
            }
            for report in application.restoreReports where report.isComplete {
                let milliseconds = report.duration / .milliseconds(1)
                say("restored \(report.restoredRecords) \(Int(milliseconds)) \(report.wasWarm ? "warm" : "cold")")
            }
            Files.pause(milliseconds: 50)
        }
    }

    private static func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// The broker of the benchmark where no other one is given, as a process of its own. It prints its port.
enum TakeoverBroker {
    static func run(directory: String) throws {
        var configuration = BrokerConfiguration(dataDirectory: directory, durability: .system)
        configuration.groups.initialRebalanceDelay = .milliseconds(100)
        let broker = try Broker(configuration, disk: FileSystemDisk(), clock: SystemClock(), entropy: SystemEntropy())
        var serving = ServerConfiguration()
        serving.listeners = [ListenerConfiguration(port: 0)]
        let server = BrokerServer(broker, configuration: serving)
        try server.start()
        print("listening \(server.addresses[0].port)")
        fflush(nil)
        // Until the parent is gone.
        while readLine() != nil {}
    }
}
