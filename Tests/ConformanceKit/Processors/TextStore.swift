import Millrace
import MillraceCore
import MillraceStores

/// A processor's key-value store of texts.
struct TextStore {
    typealias Entry = (key: String, value: String)

    let store: KeyValueStore<String, String>
    /// The time that writes carry in the changelog.
    let now: () -> Timestamp

    func get(_ key: String) throws -> String? { try store.value(for: key) }

    /// Nil deletes.
    func put(_ key: String, _ value: String?) throws { try store.write(key, value, at: now()) }

    /// In the order of the keys' bytes; both ends are included, nil is open.
    func entries(from low: String? = nil, through high: String? = nil, reversed: Bool = false) throws -> [Entry] {
        try store.range(from: low, to: high, reversed: reversed).map { ($0.key, $0.value.value) }
    }

    func entries(prefix: String) throws -> [Entry] {
        try store.prefixScan(prefix, prefixSerde: StringSerde()).map { ($0.key, $0.value.value) }
    }
}
