import Synchronization

/// What `peek` and `foreach` steps report during an input. A leaf under its own lock, since the closures of a topology
/// are sendable; no I/O.
final class ReportedRecords: Sendable {
    private struct Report {
        var topic: String
        var key: String?
        var value: String?
    }
    private let reports = Mutex<[Report]>([])

    func add(topic: String, key: String?, value: String?) {
        reports.withLock { $0.append(Report(topic: topic, key: key, value: value)) }
    }

    /// What was reported since the last call.
    func take(afterInput index: Int) -> [OutputRecord] {
        let taken = reports.withLock { reports in
            defer { reports = [] }
            return reports
        }
        return taken.map {
            OutputRecord(topic: $0.topic, key: $0.key, value: $0.value, timestamp: nil, afterInput: index)
        }
    }
}
