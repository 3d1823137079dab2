internal import Foundation

/// What an application of the tests runs on. Suites run over all that are there.
package enum Engine: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The broker in this process, called directly.
    case embedded
    /// A process of `millrace broker`: librdkafka and our wire client come over TCP.
    case served
    /// The Apache Kafka whose bootstrap address the environment variable MILLRACE_KAFKA names.
    case apacheKafka

    /// Of the Apache Kafka; nil where none is named.
    package static var bootstrapServers: String? { ProcessInfo.processInfo.environment["MILLRACE_KAFKA"] }

    /// MILLRACE_ENGINES, names separated by commas, leaves out the others.
    package static var available: [Engine] {
        let wanted = ProcessInfo.processInfo.environment["MILLRACE_ENGINES"]?.split(separator: ",").map(String.init)
        return allCases.filter { engine in
            (engine != .apacheKafka || bootstrapServers != nil) && wanted?.contains(engine.rawValue) ?? true
        }
    }

    /// Those that several processes can share.
    package static var overTheWire: [Engine] { available.filter { $0 != .embedded } }

    /// Short, so that tests need not wait; Apache Kafka takes no shorter one (`group.min.session.timeout.ms`).
    package var sessionTimeout: Duration { self == .apacheKafka ? .seconds(6) : .seconds(1) }

    /// A consumer over the wire has heartbeats of its own: an application that stops without a word in a process that
    /// goes on is given up when it has not polled for so long.
    package var rebalanceTimeout: Duration { self == .embedded ? .seconds(60) : .seconds(3) }

    package var description: String { rawValue }
}
