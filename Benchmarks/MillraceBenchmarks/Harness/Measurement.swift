/// One line of the result table.
struct Measurement {
    /// As in PERFORMANCE.md's suite: "S2", "S3 cached" …
    var name: String
    /// Whether commits waited for the disk.
    var synced: Bool
    var records: Int
    var bytes: Int
    var usage: ResourceUsage
    /// The same work in Kafka Streams, where it has a twin there.
    var kafkaStreams: KafkaStreamsFigures?
    var note = ""

    var recordsPerCoreSecond: Double { Double(records) / usage.cpuSeconds }
    func recordsPerCoreSecond(broker: Double) -> Double { Double(records) / (usage.cpuSeconds + broker) }
    var recordsPerSecond: Double { Double(records) / usage.wallSeconds }
    var megabytesPerSecond: Double { Double(bytes) / usage.wallSeconds / 1e6 }
    var nanosecondsPerRecord: Double { usage.cpuSeconds / Double(records) * 1e9 }
}

/// What Kafka Streams did on a machine of this kind (PERFORMANCE.md, "Goals"): records per second and core.
struct KafkaStreamsFigures {
    /// The client process alone.
    var client: Double
    /// Its broker's CPU time counted too, as ours always is.
    var withBroker: Double
}

/// Prints measurements as a Markdown table, a line as soon as it is there.
struct ResultTable {
    /// Whether the broker is another process: its processor time has a column, what this process wrote has none.
    var hasBroker = false

    func printHeader() {
        let parts = hasBroker ? "broker ns/rec" : "written B/B"
        print(
            "| case | fsync | M rec/s/core | M rec/s wall | ns CPU/rec | MB/s wall | \(parts) "
                + "| × KS | × KS with broker | note |")
        print("|---|---|---|---|---|---|---|---|---|---|")
    }

    func print(_ measurement: Measurement) {
        let decimal = ResultTable.decimal
        let broker = measurement.usage.brokerSeconds.map { $0 / Double(max(measurement.records, 1)) * 1e9 }
        // As Kafka Streams' is with its broker.
        let whole = measurement.recordsPerCoreSecond(broker: measurement.usage.brokerSeconds ?? 0)
        let written = Double(measurement.usage.writtenBytes) / Double(max(measurement.bytes, 1))
        let cells = [
            measurement.name, hasBroker ? "" : measurement.synced ? "yes" : "no",
            decimal(measurement.recordsPerCoreSecond / 1e6, 2), decimal(measurement.recordsPerSecond / 1e6, 2),
            decimal(measurement.nanosecondsPerRecord, 0), decimal(measurement.megabytesPerSecond, 0),
            hasBroker ? broker.map { decimal($0, 0) } ?? "" : decimal(written, 2),
            measurement.kafkaStreams.map { decimal(measurement.recordsPerCoreSecond / $0.client, 1) } ?? "",
            measurement.kafkaStreams.map { decimal(whole / $0.withBroker, 1) } ?? "",
            measurement.note,
        ]
        Swift.print("| " + cells.joined(separator: " | ") + " |")
    }

    /// `value` with `places` digits after the point.
    static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        guard places > 0 else { return String(scaled) }
        let fraction = String(abs(scaled) % Int(scale))
        return "\(scaled / Int(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    private func print(_ text: String) { Swift.print(text) }
}
