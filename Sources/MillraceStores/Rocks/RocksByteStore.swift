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
/// | 00 ++ "caught-up" | 8 bytes: milliseconds since the epoch at which the store last held all of its changelog |
/// | 00 ++ "attribute." ++ name | 8 bytes |
/// | 01 ++ key | value |
///
/// A small batch goes through the memtable: RocksDB never splits a write batch over two memtables, and makes a
/// memtable's file part of the database in one step. A large one is sorted here and becomes a file that the database
/// takes in in one step (`SortedFile`). Either way the batch and its offset are in one file: a crash at any instruction
/// leaves the store as some earlier `write` left it, data and offset together; `write` returns once the file is synced.
public final class RocksByteStore: ByteStore {
    /// Of the layout above. An unknown one is refused (`StoreError.Kind.unknownFormat`).
    public static let formatVersion: Int64 = 1

    /// The folder of the database.
    public let path: String
    public internal(set) var checkpoint: Offset?
    public internal(set) var caughtUpAt: Timestamp?
    public var caughtUpNext: Timestamp?
    private var opened: RocksConnection?
    private let key = ScratchBytes()
    private let otherKey = ScratchBytes()

    /// Opens the database in the directory `path`, and makes it and its parents where they are missing.
    public init(path: String, resources: StoreResources) throws(StoreError) {
        self.path = path
        opened = try RocksConnection(path: path, resources: resources)
        // The database's lock is held now.
        try SortedFile.removeLeftover(storePath: path)
        try checkFormat()
        if let offset = try number("checkpoint") {
            guard offset >= 0 else {
                throw StoreError(.corrupt, "the checkpoint offset \(offset) is negative", path: path)
            }
            checkpoint = Offset(offset)
        }
        caughtUpAt = try number("caught-up").map { Timestamp($0) }
    }

    /// Always true.
    public var isPersistent: Bool { true }
    public var restoreBatchBytes: Int { connection.resources.restoreBatchBytes }

    /// Gives the database back once no cursor needs it.
    public func close() { opened = nil }

    var connection: RocksConnection {
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

    func reservedKey(_ name: String) -> ScratchBytes {
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

    func dataKey(_ bytes: RawSpan) -> ScratchBytes {
        key.removeAll()
        key.writer.append(UInt8(1))
        key.writer.append(bytes)
        return key
    }

    func upperKey(_ bytes: RawSpan) -> ScratchBytes {
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
    let resources: StoreResources

    init(path: String, resources: StoreResources) throws(StoreError) {
        self.resources = resources
        database = try RocksDatabase(path: path, resources: resources)
    }
}
