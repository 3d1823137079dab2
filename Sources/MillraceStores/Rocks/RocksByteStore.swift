internal import CRocksDB
public import MillraceCore

/// A byte store in one RocksDB database, write-ahead log off. Does I/O on its caller's thread.
///
/// All in one column family, so that a batch and the offset it carries are in one memtable, hence in one file:
///
/// | key | value |
/// | --- | --- |
/// | 00 ++ "format" | 8 bytes, big-endian: `formatVersion` |
/// | 00 ++ "checkpoint" | 8 bytes: changelog offset of the last batch that carried one |
/// | 00 ++ "attribute." ++ name | 8 bytes |
/// | 01 ++ key | value |
///
/// RocksDB never splits a write batch over two memtables, and makes a memtable's file part of the database in one
/// step. So a crash at any instruction leaves the store as some earlier `write` left it, data and offset together;
/// `write` returns once the file is synced. Until then the memtable is the only place of the batch.
public final class RocksByteStore: ByteStore {
    /// Of the layout above. An unknown one is refused (`StoreError.Kind.unknownFormat`).
    public static let formatVersion: Int64 = 1

    public let path: String
    public private(set) var checkpoint: Offset?
    private var opened: RocksConnection?
    private let key = ScratchBytes()
    private let otherKey = ScratchBytes()

    /// Opens the database in the directory `path`, and makes it and its parents where they are missing.
    public init(path: String, resources: StoreResources) throws(StoreError) {
        self.path = path
        opened = try RocksConnection(path: path, resources: resources)
        try checkFormat()
        if let offset = try number("checkpoint") {
            guard offset >= 0 else {
                throw StoreError(.corrupt, "the checkpoint offset \(offset) is negative", path: path)
            }
            checkpoint = Offset(offset)
        }
    }

    public var isPersistent: Bool { true }

    public func close() { opened = nil }

    private var connection: RocksConnection {
        guard let opened else { preconditionFailure("the store in \(path) is closed") }
        return opened
    }

    // MARK: Reading

    public var isEmpty: Bool {
        var read = ByteWriter()
        var value = ByteWriter()
        let walk = RocksCursor(connection, path: path, lower: [], upper: nil, isReversed: false)
        return ((try? walk.next(key: &read, value: &value)) ?? true) == false
    }

    public var approximateCount: Int {
        var count: UInt64 = 0
        let status = rocksdb_property_int(connection.database.handle, "rocksdb.estimate-num-keys", &count)
        return status == 0 ? Int(clamping: count) : 0
    }

    public func attribute(_ name: String) throws -> Int64? { try number("attribute." + name) }

    public func get(_ key: RawSpan, into value: inout ByteWriter) throws -> Bool {
        let full = dataKey(key)
        return try read(full.bytes, into: &value)
    }

    public func cursor(from lower: [UInt8]?, to upper: [UInt8]?, reversed: Bool) throws -> any ByteCursor {
        RocksCursor(connection, path: path, lower: lower, upper: upper, isReversed: reversed)
    }

    /// Reads in place in RocksDB's block, and copies the value once.
    private func read(_ fullKey: RawSpan, into value: inout ByteWriter) throws(StoreError) -> Bool {
        let database = connection
        let slice = try fullKey.withCharacters { (start, count) throws(StoreError) in
            try RocksCall.run(path: path) {
                rocksdb_get_pinned(database.database.handle, database.database.readOptions, start, count, $0)
            }
        }
        guard let slice else { return false }
        var count = 0
        if let start = rocksdb_pinnableslice_value(slice, &count) {
            value.append(RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count))
        }
        rocksdb_pinnableslice_destroy(slice)
        return true
    }

    private func number(_ name: String) throws(StoreError) -> Int64? {
        let key = reservedKey(name)
        var value = ByteWriter(capacity: 16)
        guard try read(key.bytes, into: &value) else { return nil }
        var reader = ByteReader()
        guard value.count == 8, let number = try? reader.read(Int64.self, from: value.bytes) else {
            throw StoreError(.corrupt, "\(name) has \(value.count) bytes, not 8", path: path)
        }
        return number
    }

    private func reservedKey(_ name: String) -> ScratchBytes {
        key.removeAll()
        key.writer.append(UInt8(0))
        key.writer.append(utf8: name)
        return key
    }

    /// A new store gets its format with its first batch; one with contents must say a known one.
    private func checkFormat() throws(StoreError) {
        let version = try number("format")
        if version == Self.formatVersion { return }
        if let version {
            throw StoreError(
                .unknownFormat, "the store has format \(version); this version reads \(Self.formatVersion)", path: path)
        }
        if approximateCount > 0 || !isEmpty {
            throw StoreError(.unknownFormat, "the store does not say its format", path: path)
        }
    }

    // MARK: Writing

    public func write(_ batch: borrowing ByteBatch) throws {
        guard let writes = rocksdb_writebatch_create() else { preconditionFailure("no memory for a write batch") }
        defer { rocksdb_writebatch_destroy(writes) }
        for operation in batch.operations { add(operation, of: batch.bytes, to: writes) }
        for (name, value) in batch.attributes { add(reserved: "attribute." + name, value, to: writes) }
        if let offset = batch.checkpoint { add(reserved: "checkpoint", offset.rawValue, to: writes) }
        add(reserved: "format", Self.formatVersion, to: writes)
        let database = connection
        try RocksCall.run(path: path) {
            rocksdb_write(database.database.handle, database.database.writeOptions, writes, $0)
        }
        try RocksCall.run(path: path) {
            rocksdb_flush(database.database.handle, database.database.flushOptions, $0)
        }
        if let offset = batch.checkpoint { checkpoint = offset }
        for operation in batch.operations {
            if case .deleteRange(let lower, let upper) = operation { dropFiles(lower, upper, of: batch.bytes) }
        }
    }

    private func add(_ operation: ByteBatch.Operation, of bytes: RawSpan, to writes: OpaquePointer) {
        switch operation {
        case .put(let keyRange, let valueRange):
            let key = dataKey(bytes.extracting(keyRange))
            bytes.extracting(valueRange).withCharacters { value, valueCount in
                key.bytes.withCharacters { rocksdb_writebatch_put(writes, $0, $1, value, valueCount) }
            }
        case .delete(let keyRange):
            let key = dataKey(bytes.extracting(keyRange))
            key.bytes.withCharacters { rocksdb_writebatch_delete(writes, $0, $1) }
        case .deleteRange(let lower, let upper):
            let key = dataKey(bytes.extracting(lower))
            let end = upperKey(bytes.extracting(upper))
            end.bytes.withCharacters { end, endCount in
                key.bytes.withCharacters { rocksdb_writebatch_delete_range(writes, $0, $1, end, endCount) }
            }
        }
    }

    private func add(reserved name: String, _ value: Int64, to writes: OpaquePointer) {
        let key = reservedKey(name)
        withUnsafeBytes(of: value.bigEndian) { bytes in
            key.bytes.withCharacters { start, count in
                rocksdb_writebatch_put(
                    writes, start, count, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
            }
        }
    }

    /// Unlinks the files that lie wholly in a range already deleted: no compaction has to read them. Only a help, so
    /// its errors change nothing.
    private func dropFiles(_ lower: Range<Int>, _ upper: Range<Int>, of bytes: RawSpan) {
        let key = dataKey(bytes.extracting(lower))
        let end = upperKey(bytes.extracting(upper))
        let handle = connection.database.handle
        end.bytes.withCharacters { end, endCount in
            key.bytes.withCharacters { start, startCount in
                _ = try? RocksCall.run(path: path) {
                    rocksdb_delete_file_in_range(handle, start, startCount, end, endCount, $0)
                }
            }
        }
    }

    private func dataKey(_ bytes: RawSpan) -> ScratchBytes {
        key.removeAll()
        key.writer.append(UInt8(1))
        key.writer.append(bytes)
        return key
    }

    private func upperKey(_ bytes: RawSpan) -> ScratchBytes {
        otherKey.removeAll()
        otherKey.writer.append(UInt8(1))
        otherKey.writer.append(bytes)
        return otherKey
    }
}

/// Keeps a database open while the store or a cursor uses it.
final class RocksConnection {
    let database: RocksDatabase
    /// The cache and the environment outlive the database.
    private let resources: StoreResources

    init(path: String, resources: StoreResources) throws(StoreError) {
        self.resources = resources
        database = try RocksDatabase(path: path, resources: resources)
    }
}
