internal import CRocksDB
internal import Glibc
internal import MillraceCore

/// One sorted file (SST) on its way into a database. Does I/O on its caller's thread; one owner.
///
/// | a crash | leaves |
/// | --- | --- |
/// | before `ingest` has written the manifest | the database as it was; a file left over goes when it opens |
/// | after that | the database with all of the file; perhaps the file's own name |
///
/// The name that may be left is that of a live file of the database: it is unlinked before a new file is begun, and
/// never opened for writing.
struct SortedFile: ~Copyable {
    /// Not a name that RocksDB gives or removes.
    private static let name = "incoming"

    private let writer: OpaquePointer
    private let environmentOptions: OpaquePointer
    private let storePath: String

    init(_ database: borrowing RocksDatabase, storePath: String) throws(StoreError) {
        try SortedFile.removeLeftover(storePath: storePath)
        guard let environmentOptions = rocksdb_envoptions_create(),
            let writer = rocksdb_sstfilewriter_create(environmentOptions, database.options)
        else { preconditionFailure("no memory for a file writer") }
        let path = SortedFile.path(storePath)
        do throws(StoreError) {
            try RocksCall.run(path: storePath) { rocksdb_sstfilewriter_open(writer, path, $0) }
        } catch {
            rocksdb_sstfilewriter_destroy(writer)
            rocksdb_envoptions_destroy(environmentOptions)
            throw error
        }
        self.environmentOptions = environmentOptions
        self.writer = writer
        self.storePath = storePath
    }

    deinit {
        rocksdb_sstfilewriter_destroy(writer)
        rocksdb_envoptions_destroy(environmentOptions)
        // After an error. The database has its own name for what it took in.
        _ = unlink(SortedFile.path(storePath))
    }

    /// Removes the name that a crash may have left.
    static func removeLeftover(storePath: String) throws(StoreError) {
        guard unlink(path(storePath)) != 0 else { return }
        let code = errno
        if code == ENOENT { return }
        throw StoreError(.inputOutput, "cannot remove \(name): \(String(cString: strerror(code)))", path: storePath)
    }

    private static func path(_ storePath: String) -> String { storePath + "/" + name }

    /// Keys must come in ascending order, each once.
    borrowing func put(_ key: RawSpan, _ value: RawSpan) throws(StoreError) {
        let writer = writer
        try value.withCharacters { (value, valueCount) throws(StoreError) in
            try key.withCharacters { (key, keyCount) throws(StoreError) in
                try RocksCall.run(path: storePath) {
                    rocksdb_sstfilewriter_put(writer, key, keyCount, value, valueCount, $0)
                }
            }
        }
    }

    /// A tombstone, in the order of the puts.
    borrowing func delete(_ key: RawSpan) throws(StoreError) {
        let writer = writer
        try key.withCharacters { (key, keyCount) throws(StoreError) in
            try RocksCall.run(path: storePath) { rocksdb_sstfilewriter_delete(writer, key, keyCount, $0) }
        }
    }

    /// Deletes what the database held in a range before this file; at any place in the order.
    borrowing func deleteRange(from lower: RawSpan, to upper: RawSpan) throws(StoreError) {
        let writer = writer
        try upper.withCharacters { (upper, upperCount) throws(StoreError) in
            try lower.withCharacters { (lower, lowerCount) throws(StoreError) in
                try RocksCall.run(path: storePath) {
                    rocksdb_sstfilewriter_delete_range(writer, lower, lowerCount, upper, upperCount, $0)
                }
            }
        }
    }

    /// Syncs the file and makes it part of the database in one step; durable on return. After an error the database
    /// is as it was.
    borrowing func ingest(into database: borrowing RocksDatabase) throws(StoreError) {
        let writer = writer
        let handle = database.handle
        try RocksCall.run(path: storePath) { rocksdb_sstfilewriter_finish(writer, $0) }
        guard let options = rocksdb_ingestexternalfileoptions_create() else {
            preconditionFailure("no memory for the options of an ingestion")
        }
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        // A hard link in place of a copy. RocksDB removes the old name when it is done.
        rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        let path = SortedFile.path(storePath).utf8CString
        try path.withUnsafeBufferPointer { (name) throws(StoreError) in
            var names = [name.baseAddress]
            try RocksCall.run(path: storePath) { rocksdb_ingest_external_file(handle, &names, 1, options, $0) }
        }
    }
}
