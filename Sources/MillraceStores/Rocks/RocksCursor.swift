internal import CRocksDB
internal import MillraceCore

/// A walk over the data keys of a RocksDB database, on a snapshot. One owner, one thread; does I/O.
final class RocksCursor: ByteCursor {
    private let connection: RocksConnection
    private let iterator: OpaquePointer
    private let options: OpaquePointer
    /// RocksDB reads the bounds in place for as long as the iterator lives.
    private let bounds: UnsafeMutablePointer<CChar>
    private let path: String
    private let isReversed: Bool
    /// Whether the iterator stands on the pair that the next call returns.
    private var isReady: Bool

    init(_ connection: RocksConnection, path: String, lower: [UInt8]?, upper: [UInt8]?, isReversed: Bool) {
        self.connection = connection
        self.path = path
        self.isReversed = isReversed
        // Data keys begin with 01; 02 is above them all.
        let low: [UInt8] = [1] + (lower ?? [])
        let high: [UInt8] = upper.map { [1] + $0 } ?? [2]
        bounds = .allocate(capacity: low.count + high.count)
        for (index, byte) in (low + high).enumerated() { (bounds + index).initialize(to: CChar(bitPattern: byte)) }
        guard let options = rocksdb_readoptions_create() else { preconditionFailure("no memory for read options") }
        self.options = options
        rocksdb_readoptions_set_iterate_lower_bound(options, bounds, low.count)
        rocksdb_readoptions_set_iterate_upper_bound(options, bounds + low.count, high.count)
        guard let iterator = rocksdb_create_iterator(connection.database.handle, options) else {
            preconditionFailure("no memory for an iterator")
        }
        self.iterator = iterator
        if isReversed { rocksdb_iter_seek_to_last(iterator) } else { rocksdb_iter_seek_to_first(iterator) }
        isReady = true
    }

    deinit {
        rocksdb_iter_destroy(iterator)
        rocksdb_readoptions_destroy(options)
        bounds.deallocate()
    }

    func seek(_ key: RawSpan) {
        var full = ByteWriter(capacity: key.byteCount + 1)
        full.append(UInt8(1))
        full.append(key)
        full.bytes.withCharacters { start, count in
            if isReversed {
                rocksdb_iter_seek_for_prev(iterator, start, count)
            } else {
                rocksdb_iter_seek(iterator, start, count)
            }
        }
        isReady = true
    }

    func next(key: inout ByteWriter, value: inout ByteWriter) throws -> Bool {
        if !isReady {
            if isReversed { rocksdb_iter_prev(iterator) } else { rocksdb_iter_next(iterator) }
        }
        isReady = false
        guard rocksdb_iter_valid(iterator) != 0 else {
            // The end, or an error that must not look like it.
            try RocksCall.run(path: path) { rocksdb_iter_get_error(iterator, $0) }
            isReady = true
            return false
        }
        var count = 0
        key.removeAll()
        if let start = rocksdb_iter_key(iterator, &count), count > 1 {
            key.append(RawSpan(_unsafeStart: UnsafeRawPointer(start + 1), byteCount: count - 1))
        }
        value.removeAll()
        if let start = rocksdb_iter_value(iterator, &count) {
            value.append(RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count))
        }
        return true
    }
}
