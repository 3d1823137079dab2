import Millrace
import MillraceBroker
import MillraceCluster
import MillraceCore

/// S7: a store of many keys is rebuilt from its changelog, from a new process's start to the state "running".
struct RestoreCase {
    private static let applicationID = Topics.prefix + "restore"

    var workload: Workload
    var directory: String

    func run(synced: Bool) throws -> Measurement {
        try Files.makeEmpty(directory)
        let cluster = try EmbeddedCluster(
            dataDirectory: directory + "/data", durability: synced ? .everyCommit : .system)
        try workload.write(to: cluster)
        let builder = StreamsBuilder()
        _ = builder.stream(Topics.input, Consumed(key: BytesSerde(), value: BytesSerde()))
            .groupByKey().count(.as("counts"))
        let topology = try builder.build()

        let first = try start(topology, cluster)
        _ = try CommittedProgress(
            cluster: cluster, group: RestoreCase.applicationID, topics: [workload.topic],
            partitionCount: workload.partitions
        ).wait(until: workload.records)
        _ = first.close(timeout: .seconds(60))
        try FileSystemDisk().removeDirectory(directory + "/state")

        let begin = ResourceUsage.now()
        let second = try start(topology, cluster)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(120)
        while second.restoreReports.isEmpty || second.state != .running {
            guard clock.now < deadline else { throw WrongResult(description: "not restored within 120 s") }
            Files.pause(milliseconds: 1)
        }
        let usage = ResourceUsage.now() - begin
        let restored = second.restoreReports.reduce(0) { $0 + Int($1.restoredRecords) }
        _ = second.close(timeout: .seconds(60))
        try cluster.close()
        return Measurement(
            name: "S7 restore", synced: synced, records: restored, bytes: restored * (Workload.keyBytes + 8),
            usage: usage, note: "row 11; \(workload.keys) keys")
    }

    private func start(_ topology: Topology, _ cluster: EmbeddedCluster) throws -> StreamsApplication {
        let application = try StreamsApplication(
            topology,
            StreamsConfiguration(
                applicationID: RestoreCase.applicationID, cluster: cluster, stateDirectory: directory + "/state"))
        try application.start()
        return application
    }
}
