import Foundation
import MillraceCluster
import MillraceCore

/// A folder for one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/millrace-docs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Writes text records, all into partition 0.
func send(
    _ topic: String, _ records: [(key: String, value: String, timestamp: Int64)], to cluster: any Cluster
) throws {
    let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "test"))
    var batch = RecordBatchBuilder()
    for record in records {
        let key = Array(record.key.utf8)
        let value = Array(record.value.utf8)
        batch.append(timestamp: Timestamp(record.timestamp), key: key.span.bytes, value: value.span.bytes)
    }
    try producer.send(&batch, to: TopicPartition(topic, 0))
    try producer.flush()
    producer.close()
}

/// Whether `condition` came to hold in time.
func eventually(timeout: Duration = .seconds(30), _ condition: () throws -> Bool) throws -> Bool {
    let deadline = ContinuousClock.now + timeout
    let pause = Monitor(false)
    while try !condition() {
        if ContinuousClock.now > deadline { return false }
        _ = pause.wait(timeout: .milliseconds(5)) { $0 }
    }
    return true
}

enum Shell {
    /// What `command` prints.
    static func run(_ command: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
