internal import Foundation
internal import MillraceKafka

/// What an application of the tests runs on. Suites run over all that are there.
package enum Engine: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The broker in this process, called directly.
    case embedded
    /// A process of `millrace broker`: librdkafka and our wire client come over TCP.
    case served
    /// The same, with the records through our own client.
    case servedNative
    /// The Apache Kafka whose bootstrap address the environment variable MILLRACE_KAFKA names.
    case apacheKafka
    /// The same, with the records through our own client.
    case apacheKafkaNative

    /// Of the Apache Kafka; nil where none is named.
    package static var bootstrapServers: String? { ProcessInfo.processInfo.environment["MILLRACE_KAFKA"] }

    /// MILLRACE_ENGINES, names separated by commas, chooses; where it does not, our own record client is left to the
    /// suites that are `onEveryClient`.
    package static var available: [Engine] {
        wanted ?? onEveryClient.filter { $0.records == .librdkafka }
    }

    /// With both record clients, for suites in which much depends on them.
    package static var onEveryClient: [Engine] {
        wanted ?? allCases.filter { !$0.isApacheKafka || bootstrapServers != nil }
    }

    private static var wanted: [Engine]? {
        ProcessInfo.processInfo.environment["MILLRACE_ENGINES"].map { names in
            names.split(separator: ",").compactMap { Engine(rawValue: String($0)) }.filter {
                !$0.isApacheKafka || bootstrapServers != nil
            }
        }
    }

    package var isApacheKafka: Bool { self == .apacheKafka || self == .apacheKafkaNative }

    /// Who moves the records over the wire, for the command line of a tool.
    package var recordClient: String { records.rawValue }

    var records: RecordClient {
        self == .servedNative || self == .apacheKafkaNative ? .native : .librdkafka
    }

    /// Those that several processes can share.
    package static var overTheWire: [Engine] { available.filter { $0 != .embedded } }

    /// Short, so that tests need not wait; Apache Kafka takes no shorter one (`group.min.session.timeout.ms`).
    package var sessionTimeout: Duration { isApacheKafka ? .seconds(6) : .seconds(1) }

    /// A consumer over the wire has heartbeats of its own: an application that stops without a word in a process that
    /// goes on is given up when it has not polled for so long.
    package var rebalanceTimeout: Duration { self == .embedded ? .seconds(60) : .seconds(3) }

    package var description: String { rawValue }
}
