internal import MillraceCore

/// Options of everything that produces. A plain value.
struct ProducerOptions: Sendable {
    static let acks = Option(
        "acks", "WHO", .choice("all", "1", "0"), presence: .defaults(to: "all"),
        "Who must have a record before it counts as sent: all replicas, the leader, nobody.")
    static let compression = Option(
        "compression", "CODEC", .choice("none", "gzip", "snappy", "lz4", "zstd"), presence: .defaults(to: "none"),
        "How batches are compressed.")
    static let linger = Option(
        "linger", "TIME", .duration, presence: .defaults(to: "5ms"), "How long a batch waits for more records.")
    static let batchSize = Option(
        "batch-size", "BYTES", .byteCount, presence: .defaults(to: "1000000"), "Largest batch.")
    static let property = Option(
        "property", short: "X", "NAME=VALUE", .property, isRepeated: true, "A setting of librdkafka.")

    static let parameters: [any Parameter] = [acks, compression, linger, batchSize, property]

    /// For librdkafka.
    let settings: [(name: String, value: String)]
    /// Whether all replicas acknowledge, which an idempotent producer needs.
    let isAcknowledgedByAll: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let acks = try arguments.value(Self.acks)
        isAcknowledgedByAll = acks == "all"
        let linger = try arguments.value(Self.linger)
        var settings = [
            ("acks", acks),
            ("compression.type", try arguments.value(Self.compression)),
            ("linger.ms", "\(linger.wholeMilliseconds)"),
            ("batch.size", "\(try arguments.value(Self.batchSize))"),
        ]
        for property in try arguments.all(Self.property) { settings.append((property.name, property.value)) }
        self.settings = settings.map { (name: $0.0, value: $0.1) }
    }
}
