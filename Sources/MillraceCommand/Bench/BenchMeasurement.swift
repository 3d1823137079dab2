internal import MillraceCore

/// What a run of a benchmark took. `begin` and `end` read clocks.
struct BenchMeasurement {
    private let clock: any Clock
    private let brokerPID: Int32?
    private let started: UInt64
    private let clientCPU: Double
    private let brokerCPU: Double?

    private init(clock: any Clock, brokerPID: Int32?) throws(CommandFailure) {
        self.clock = clock
        self.brokerPID = brokerPID
        brokerCPU = brokerPID.flatMap(ProcessCPU.of)
        if let brokerPID, brokerCPU == nil {
            throw CommandFailure("there is no process \(brokerPID)", exitCode: .usage)
        }
        clientCPU = ProcessCPU.ofThisProcess()
        started = clock.monotonicNanoseconds()
    }

    static func begin(clock: any Clock, brokerPID: Int32?) throws(CommandFailure) -> BenchMeasurement {
        try BenchMeasurement(clock: clock, brokerPID: brokerPID)
    }

    func end(records: Int, byteCount: Int) -> BenchResult {
        BenchResult(
            records: records, byteCount: byteCount,
            seconds: Double(clock.monotonicNanoseconds() - started) / 1e9,
            clientCPU: ProcessCPU.ofThisProcess() - clientCPU,
            brokerCPU: brokerPID.flatMap(ProcessCPU.of).flatMap { end in brokerCPU.map { end - $0 } })
    }
}

/// The numbers of one run. Pure.
struct BenchResult: Sendable {
    var records: Int
    var byteCount: Int
    var seconds: Double
    /// Seconds of processor time.
    var clientCPU: Double
    var brokerCPU: Double?
    var failed = 0
    var latency = LatencyHistogram()

    var report: Report {
        let rate = seconds > 0 ? Double(records) / seconds : 0
        let megabytes = seconds > 0 ? Double(byteCount) / seconds / 1e6 : 0
        let perRecord = 1e6 / Double(max(1, records))
        var text = "\(records) records in \(Rate.rounded(seconds)) s: \(Rate.rounded(rate)) records/s, "
        text += "\(Rate.rounded(megabytes)) MB/s\n"
        text += "CPU per record: client \(Rate.rounded(clientCPU * perRecord)) µs"
        if let brokerCPU { text += ", broker \(Rate.rounded(brokerCPU * perRecord)) µs" }
        text += "\n"
        if latency.count > 0 { text += "latency: \(latency.text)\n" }
        var report = Report(
            text,
            json: [
                "records": JSON(records), "failed": JSON(failed), "bytes": JSON(byteCount),
                "seconds": .number(seconds), "recordsPerSecond": .number(rate),
                "megabytesPerSecond": .number(megabytes),
                "clientMicrosecondsPerRecord": .number(clientCPU * perRecord),
                "brokerMicrosecondsPerRecord": brokerCPU.map { .number($0 * perRecord) } ?? .null,
                "latencyMilliseconds": latency.json,
            ], exitCode: failed > 0 ? .failure : .success)
        if failed > 0 { report.failures = ["\(failed) records were not delivered"] }
        return report
    }
}
