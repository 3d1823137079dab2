import Millrace
import MillraceCore

// Steps that read topics, and steps that write them.

extension TopologyCompiler {
    func addSource(_ step: Step) throws {
        if step.op == "table" {
            let consumed = try consumed(step, .string, .string) { $0 }
            try define(
                try step.id,
                .table(builder.table(try step.string("topic"), consumed, materialized: try tableMaterialized(step))))
            return
        }
        let topics = step.has("topics") ? try step.strings("topics") : [try step.string("topic")]
        let stream: TextStream
        switch (step.has("keySerde"), step.has("valueSerde")) {
        case (false, false): stream = builder.stream(topics: topics, try consumed(step, .string, .string) { $0 })
        case (false, true):
            stream = builder.stream(topics: topics, try consumed(step, .string, .int32) { "\($0)" })
                .nullable.mapValues { _, value in value.map { "\($0)" } }
        case (true, false):
            stream = builder.stream(topics: topics, try consumed(step, .int32, .string) { $0 })
                .nullable.map { key, value in (key.map { "\($0)" }, value) }
        case (true, true):
            stream = builder.stream(topics: topics, try consumed(step, .int32, .int32) { "\($0)" })
                .nullable.map { key, value in (key.map { "\($0)" }, value.map { "\($0)" }) }
        }
        try define(try step.id, .stream(stream))
    }

    private func consumed<KeySerde: Serde, ValueSerde: Serde>(
        _ step: Step, _ key: KeySerde, _ value: ValueSerde,
        text: @escaping @Sendable (ValueSerde.Value) -> String
    ) throws -> Consumed<KeySerde.Value, ValueSerde.Value> {
        Consumed(
            key: key, value: value,
            timestampExtractor: try extractor(try step.optionalString("timestampExtractor"), text: text))
    }

    private func extractor<Key, Value>(
        _ name: String?, text: @escaping @Sendable (Value) -> String
    ) throws -> TimestampExtractor<Key, Value> {
        guard let name else { return .fail }
        switch name {
        case "fail": return .fail
        case "logAndSkip": return .logAndSkip
        case "usePartitionTime": return .usePartitionTime
        default:
            guard let extractor = try ScenarioExtractor(FunctionName(name)) else {
                throw NotYetSupported("timestamp extractor \(name)")
            }
            return .custom { record, partitionTime in
                Timestamp(
                    extractor.timestamp(
                        of: record.value.map(text), recordTime: record.timestamp.millisecondsSinceEpoch,
                        partitionTime: partitionTime?.millisecondsSinceEpoch))
            }
        }
    }

    func addSink(_ step: Step) throws {
        let stream = try stream(of: step)
        let produced = Produced<String, String>(key: .string, value: .string, name: try nodeName(of: step))
        if step.has("topicFn") {
            let function = try StringFunctions.named(try step.string("topicFn"))
            // A producer refuses a record without a topic.
            stream.to(
                topic: { record in
                    guard let topic = try function(record.key, record.value) else {
                        throw ScenarioFailure(value: "no topic")
                    }
                    return topic
                }, produced)
        } else {
            stream.to(try step.string("topic"), produced)
        }
    }

    /// How a table made from a topic or a stream is kept.
    func tableMaterialized(_ step: Step) throws -> Materialized<String, String> {
        let plain = materialized(try step.optionalString("store"))
        guard let history = try step.optionalInteger("historyRetentionMs") else { return plain }
        return plain.versioned(history: .milliseconds(history))
    }

    /// How a table of texts is kept: under the store's name, or unnamed.
    func materialized(_ store: String?) -> Materialized<String, String> {
        Materialized(as: store, key: .string, value: .string)
    }
}
