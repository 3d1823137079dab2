import Millrace
public import MillraceCore

extension TopologyTestDriver {
    /// A topic to write into; its records are processed as they are sent.
    /// - Parameters:
    ///   - start: the timestamp of the first record that is sent without one.
    ///   - step: how far that time moves with each such record.
    ///   - key: of the record or row.
    ///   - name: of the node; numbered by default.
    ///   - value: of the record.
    public func inputTopic<Key, Value>(
        _ name: String, key: some Serde<Key>, value: some Serde<Value>, startingAt start: Timestamp = .epoch,
        advancingBy step: Duration = .zero
    ) -> TestInputTopic<Key, Value> {
        TestInputTopic(name: name, driver: self, start: start, step: step, key: key, value: value)
    }

    /// A topic to read from. Internal topics are read by their full name
    /// (`<application id>-<store>-changelog`, `<application id>-<name>-repartition`).
    public func outputTopic<Key, Value>(
        _ name: String, key: some Serde<Key>, value: some Serde<Value>
    ) -> TestOutputTopic<Key, Value> {
        TestOutputTopic(name: name, memory: memory, key: key, value: value)
    }
}
