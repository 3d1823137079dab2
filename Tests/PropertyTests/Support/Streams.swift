import Millrace
import MillraceCore

// Short words for the topologies of these tests: text keys, integer values.

extension StreamsBuilder {
    func numbers(_ topic: String = "in") -> KStream<String, Int64> {
        stream(topic, Consumed(key: .string, value: .int64))
    }

    func numberTable(_ topic: String) -> KTable<String, Int64> { table(topic, Consumed(key: .string, value: .int64)) }
}

extension KTable where Key == String, Value == Int64 {
    /// To the topic `out`.
    func output() { toStream().output() }
}

extension KTable where Key == Windowed<String>, Value == Int64 {
    /// To the topic `out`, with `key@start-end` as key.
    func output() {
        toStream().nullable.map { key, value in (key.map(Window.name), value) }.output()
    }
}

extension KStream where Key == String, Value == Int64 {
    /// To the topic `out`.
    func output() { to("out", Produced(key: .string, value: .int64)) }
}

extension Window {
    static func name(_ key: Windowed<String>) -> String {
        name(key.key, key.window.start.millisecondsSinceEpoch, key.window.end.millisecondsSinceEpoch)
    }

    static func name(_ key: String, _ start: Int64, _ end: Int64) -> String { "\(key)@\(start)-\(end)" }
}
