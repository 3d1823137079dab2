internal import MillraceCluster
internal import MillraceCore

/// What our own record client honours of librdkafka's settings (its CONFIGURATION.md), with its own defaults. The port
/// decides the rest (`ClusterSettings.reserved`); what has no meaning here is refused. A plain value; pure.
struct NativeSettings: Hashable, Sendable {
    /// How long a broker that has nothing may wait for something. A partition that is newly taken waits for the answer
    /// that is under way, so it is short.
    var fetchWait: Duration = .milliseconds(50)
    var fetchMinBytes: Int32 = 1
    /// Most bytes of one answer; nil: as much as one poll brings.
    var fetchMaxBytes: Int32?
    /// Most bytes of one partition in an answer; nil: as much as one poll brings of it.
    var partitionMaxBytes: Int32?
    var checksChecksums = true
    /// A broker that has not answered for so long is given up.
    var requestTimeout: Duration = .seconds(30)
    var connectTimeout: Duration = .seconds(10)
    /// How long a topic that is not there is asked for again: brokers hear of new ones at different times.
    var propagationTime: Duration = .seconds(30)
    private var producing = ProducerSettings()

    /// - Parameter settings: of which those of `ClusterSettings.security` are read elsewhere.
    /// - Throws: what is not honoured, or a value out of range.
    init(_ settings: [String: String]) throws(ClusterError) {
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) where !NativeSettings.isOfSecurity(name) {
            guard try take(name, value) else {
                throw ClusterError(
                    .invalidRequest,
                    "\(name) is known to librdkafka only: leave it out, or take librdkafka (records: .librdkafka)")
            }
        }
    }

    /// False where the name means nothing here.
    private mutating func take(_ name: String, _ value: String) throws(ClusterError) -> Bool {
        func number(_ range: ClosedRange<Int32>) throws(ClusterError) -> Int32 {
            guard let number = Int32(value), range.contains(number) else {
                throw ClusterError(
                    .invalidRequest, "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(value)"
                )
            }
            return number
        }
        func milliseconds(_ range: ClosedRange<Int32>) throws(ClusterError) -> Duration {
            .milliseconds(Int64(try number(range)))
        }
        switch name {
        case "fetch.wait.max.ms": fetchWait = try milliseconds(0...300_000)
        case "fetch.min.bytes": fetchMinBytes = try number(1...100_000_000)
        case "fetch.max.bytes": fetchMaxBytes = try number(1...2_147_483_135)
        case "fetch.message.max.bytes", "max.partition.fetch.bytes":
            partitionMaxBytes = try number(1...1_000_000_000)
        case "check.crcs":
            guard let isOn = Bool(value) else {
                throw ClusterError(.invalidRequest, "\(name) is true or false, not \(value)")
            }
            checksChecksums = isOn
        case "socket.timeout.ms": requestTimeout = try milliseconds(10...300_000)
        case "socket.connection.setup.timeout.ms": connectTimeout = try milliseconds(10...300_000)
        case "topic.metadata.propagation.max.ms": propagationTime = try milliseconds(0...3_600_000)
        default: return try producing.take(name, value)
        }
        return true
    }

    var producer: ProducerSettings {
        var settings = producing
        settings.requestTimeout = requestTimeout
        settings.propagationTime = propagationTime
        return settings
    }

    private static func isOfSecurity(_ name: String) -> Bool {
        name == "security.protocol" || name.hasPrefix("ssl.") || name.hasPrefix("sasl.")
            || name == "enable.ssl.certificate.verification"
    }
}
