import Foundation
import MillraceCore
import MillraceSimulation
import MillraceStores

/// Serdes, dice, changelog and directories for the tests of this room.
struct TextSerde: Serde {
    func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value) }
    func deserialize(_ bytes: RawSpan) -> String { bytes.lossyUTF8 }
}

struct NumberSerde: Serde {
    func serialize(_ value: Int64, into writer: inout ByteWriter) { writer.append(value) }
    func deserialize(_ bytes: RawSpan) throws -> Int64 {
        guard bytes.byteCount == 8 else { throw SerdeError("\(bytes.byteCount) bytes are no number") }
        var reader = ByteReader()
        return try reader.read(from: bytes)
    }
}

/// The same dice for the same seed.
struct Dice {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &generator) }
}

/// A changelog: what is appended becomes part of it at commit, and is gone at abort.
final class FakeChangelog: ChangelogSink {
    struct Record: Equatable {
        let key: [UInt8]
        let value: [UInt8]?
        let timestamp: Timestamp
    }
    private(set) var committed: [Record] = []
    private(set) var open: [Record] = []

    func append(key: RawSpan, value: RawSpan?, timestamp: Timestamp) {
        let bytes: [UInt8]? =
            if let value { [UInt8](copying: value) } else { nil }
        open.append(Record(key: [UInt8](copying: key), value: bytes, timestamp: timestamp))
    }

    /// Appends the store's writes and commits them, as the runtime does.
    func commit(_ store: any StateStore) throws {
        try store.writeChangelog(to: self)
        let isEmpty = open.isEmpty
        committed += open
        open = []
        store.commit(changelogEnd: isEmpty ? nil : Offset(Int64(committed.count)))
    }

    /// Restores the store from its checkpoint on, in batches; returns how many records that took.
    @discardableResult
    func restore(_ store: any StateStore, batch: Int = 7) throws -> Int {
        let start = Int(store.checkpoint?.rawValue ?? 0)
        for (index, record) in committed[start...].enumerated() {
            if let value = record.value {
                try store.restore(
                    key: record.key.span.bytes, value: value.span.bytes, timestamp: record.timestamp)
            } else {
                try store.restore(key: record.key.span.bytes, value: nil, timestamp: record.timestamp)
            }
            if index % batch == batch - 1 {
                try store.completeRestoredBatch(changelogEnd: Offset(Int64(start + index + 1)))
            }
        }
        if start < committed.count { try store.completeRestoredBatch(changelogEnd: Offset(Int64(committed.count))) }
        return committed.count - start
    }
}

/// What lies under a store in a test, and survives or not when it is opened again.
enum ByteStoreKind: CaseIterable, Sendable {
    case inMemory
    case rocks
    /// As `rocks`, with even small batches as sorted files, and restored records in small batches.
    case rocksSorted

    var isPersistent: Bool { self != .inMemory }

    func open(_ directory: TemporaryDirectory) throws -> any ByteStore {
        switch self {
        case .inMemory: InMemoryByteStore()
        case .rocks: try RocksByteStore(path: directory.path + "/task/store", resources: directory.resources)
        case .rocksSorted:
            try RocksByteStore(path: directory.path + "/task/store", resources: directory.sortingResources)
        }
    }
}

/// A directory that goes with its owner; what a database writes there while it closes later goes with the process.
final class TemporaryDirectory: Sendable {
    let path: String
    let resources = StoreResources(blockCacheBytes: 4 << 20)
    let sortingResources = StoreResources(blockCacheBytes: 4 << 20, sortedFileMinimumCount: 2, restoreBatchBytes: 400)

    init() {
        path = TemporaryDirectory.root + "/" + UUID().uuidString
    }

    private static let root: String = {
        atexit { try? FileManager.default.removeItem(atPath: TemporaryDirectory.root) }
        let path = NSTemporaryDirectory() + "millrace-stores-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
