import Millrace
import MillraceCore
import MillraceSimulation

/// A stream of a random topology: it says what it is, what its records are by a plain evaluation of the complete input,
/// and how it is described with the DSL. Only streams whose records do not depend on the order in which those of
/// several partitions or topics are taken. Pure.
indirect enum StreamPlan: CustomStringConvertible {
    case source(String)
    case mapped(StreamPlan, adding: Int64)
    case filtered(StreamPlan, modulus: Int64)
    case rekeyed(StreamPlan, modulus: Int64)
    case doubled(StreamPlan)
    case merged(StreamPlan, StreamPlan)

    struct Item: Hashable {
        var key: String
        var value: Int64
        var time: Int64
    }

    static let topics = ["a", "b"]

    static func random(_ random: inout SeededGenerator, depth: Int) -> StreamPlan {
        if depth == 0 { return .source(topics[Int.random(in: 0...1, using: &random)]) }
        let inner = StreamPlan.random(&random, depth: depth - 1)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .mapped(inner, adding: Int64.random(in: 1...3, using: &random))
        case 1: return .filtered(inner, modulus: Int64.random(in: 2...3, using: &random))
        case 2: return .rekeyed(inner, modulus: Int64.random(in: 2...5, using: &random))
        case 3: return .doubled(inner)
        case 4:
            // What hangs twice under one node gets each record once, as in Kafka Streams: hence the step between.
            return .merged(inner, .mapped(StreamPlan.random(&random, depth: depth - 1), adding: 0))
        default: return inner
        }
    }

    func items(_ input: [Event]) -> [Item] {
        switch self {
        case .source(let topic):
            input.compactMap { event in
                guard event.topic == topic, let value = event.value else { return nil }
                return Item(key: event.key, value: value, time: event.time)
            }
        case .mapped(let inner, let addend):
            inner.items(input).map { Item(key: $0.key, value: $0.value + addend, time: $0.time) }
        case .filtered(let inner, let modulus): inner.items(input).filter { $0.value % modulus == 0 }
        case .rekeyed(let inner, let modulus):
            inner.items(input).map { Item(key: StreamPlan.group($0.value, modulus), value: $0.value, time: $0.time) }
        case .doubled(let inner):
            inner.items(input).flatMap { [$0, Item(key: $0.key, value: -$0.value, time: $0.time)] }
        case .merged(let left, let right): left.items(input) + right.items(input)
        }
    }

    static func group(_ value: Int64, _ modulus: Int64) -> String { "g\(abs(value) % modulus)" }

    func describe(_ builder: StreamsBuilder) -> KStream<String, Int64> {
        switch self {
        case .source(let topic): builder.numbers(topic)
        case .mapped(let inner, let addend): inner.describe(builder).mapValues { $0 + addend }
        case .filtered(let inner, let modulus): inner.describe(builder).filter { $1 % modulus == 0 }
        case .rekeyed(let inner, let modulus):
            inner.describe(builder).selectKey { StreamPlan.group($1, modulus) }
        case .doubled(let inner): inner.describe(builder).flatMapValues { [$0, -$0] }
        case .merged(let left, let right): left.describe(builder).merge(right.describe(builder))
        }
    }

    var description: String {
        switch self {
        case .source(let topic): topic
        case .mapped(let inner, let addend): "\(inner)+\(addend)"
        case .filtered(let inner, let modulus): "\(inner)%\(modulus)"
        case .rekeyed(let inner, let modulus): "\(inner).rekeyed(\(modulus))"
        case .doubled(let inner): "\(inner).doubled"
        case .merged(let left, let right): "(\(left) & \(right))"
        }
    }
}
