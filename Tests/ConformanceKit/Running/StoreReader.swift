import MillraceCore
import MillraceStores
import MillraceTesting

/// The final contents of a key-value store in the form of a scenario: counts as decimal text, stores of processors
/// without timestamps.
enum StoreReader {
    static func rows(of name: String, in driver: TopologyTestDriver, _ scenario: Scenario) throws -> [StoreRow] {
        let belongsToProcessor = scenario.steps.contains { step in
            ["process", "processValues"].contains(step.op) && (try? step.optionalString("store")) == name
        }
        func row<Value>(_ entry: (key: String, value: ValueAndTimestamp<Value>)) -> StoreRow {
            StoreRow(
                key: entry.key, value: "\(entry.value.value)",
                timestamp: belongsToProcessor ? nil : entry.value.timestamp.millisecondsSinceEpoch)
        }
        if let texts = try? driver.store(name, KeyValueStore<String, String>.self) { return try texts.all().map(row) }
        return try driver.store(name, KeyValueStore<String, Int64>.self).all().map(row)
    }
}
