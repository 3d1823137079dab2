import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import MillraceKafka

// One of the instances that `ScaleOutTests` runs, kills and stops. Arguments: bootstrap servers, state directory,
// guarantee, session time-out in milliseconds, standby replicas, who moves the records, and a static name or nothing.
//
//     events (id → room) ─┬─ copies (id → room)
//                         └─ by room ─ join rooms (room → city) ─ by city ─ count by window ─ counts
//
// It notes each change of its state on standard error, and ends by itself only after an error.

func topology() throws -> Topology {
    let builder = StreamsBuilder()
    let events = builder.stream("events", Consumed(key: .string, value: .string))
    events.to("copies", Produced(key: .string, value: .string))
    let rooms = builder.table("rooms", Consumed(key: .string, value: .string))
    events.selectKey { (_: String, room: String) in room }
        .join(rooms, Joined(key: .string, value: .string)) { (_: String, city: String) in city }
        .selectKey { (_: String, city: String) in city }
        .groupByKey(Grouped(key: .string, value: .string))
        .windowed(by: .tumbling(size: .seconds(10), grace: .seconds(36_000)))
        .count(Materialized(as: "per-city", key: .string, value: .int64))
        .toStream()
        .to("counts", Produced(key: .windowed(.string, size: .seconds(10)), value: .int64))
    return try builder.build()
}

func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

func cluster(_ arguments: [String]) throws -> KafkaCluster {
    try KafkaCluster(bootstrapServers: arguments[1], records: RecordClient(rawValue: arguments[6]) ?? .librdkafka)
}

func configuration(_ arguments: [String]) throws -> StreamsConfiguration {
    var configuration = StreamsConfiguration(
        applicationID: "scale", cluster: try cluster(arguments),
        stateDirectory: arguments[2], guarantee: arguments[3] == "atLeastOnce" ? .atLeastOnce : .exactlyOnce,
        commitInterval: .milliseconds(100), sessionTimeout: .milliseconds(Int64(arguments[4]) ?? 3_000),
        heartbeatInterval: .milliseconds(300), rebalanceTimeout: .seconds(20), transactionTimeout: .seconds(5))
    configuration.standbyReplicas = Int(arguments[5]) ?? 0
    configuration.groupInstanceID = arguments.count > 7 ? arguments[7] : nil
    return configuration
}

do {
    let application = try StreamsApplication(topology(), configuration(CommandLine.arguments))
    application.onStateChange { new, _ in note("state \(new)") }
    try application.start()
    _ = application.waitUntil(.error, timeout: .seconds(3_600))
    throw application.error ?? StreamsError(.timedOut, "nobody has killed this instance")
} catch {
    note("failed: \(error)")
    exit(1)
}
