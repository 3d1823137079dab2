internal import CRocksDB
internal import MillraceCore

/// How a batch goes down: through the memtable, or as a sorted file. See `RocksByteStore` for what a crash leaves.
extension RocksByteStore {
    public func write(_ batch: borrowing ByteBatch) throws {
        if batch.operations.count >= connection.resources.sortedFileMinimumCount {
            try writeSorted(batch)
        } else {
            try writeThroughMemtable(batch)
        }
        if let offset = batch.checkpoint {
            checkpoint = offset
            caughtUpAt = caughtUpNext ?? caughtUpAt
        }
        for operation in batch.operations {
            if case .deleteRange(let lower, let upper) = operation { dropFiles(lower, upper, of: batch.bytes) }
        }
    }

    /// Sorted, as one file that the database takes in.
    private func writeSorted(_ batch: borrowing ByteBatch) throws {
        let database = connection
        let file = try SortedFile(database.database, storePath: path)
        // The reserved keys begin with 00, before all data.
        for (name, value) in reserved(of: batch).sorted(by: {
            Array($0.0.utf8).span.bytes.precedes(Array($1.0.utf8).span.bytes)
        }) {
            var bytes = ByteWriter(capacity: 8)
            bytes.append(value)
            try file.put(reservedKey(name).bytes, bytes.bytes)
        }
        for operation in batch.operations {
            guard case .deleteRange(let lower, let upper) = operation else { continue }
            let end = upperKey(batch.bytes.extracting(upper))
            try file.deleteRange(from: dataKey(batch.bytes.extracting(lower)).bytes, to: end.bytes)
        }
        try addInOrder(batch, to: file)
        try file.ingest(into: database.database)
    }

    /// The puts and deletes of a batch in the order of their keys. They lie anywhere in memory: a few at a time are
    /// brought together first, so that the processor fetches them at once and not one after the other.
    private func addInOrder(_ batch: borrowing ByteBatch, to file: borrowing SortedFile) throws(StoreError) {
        let operations = batch.operations
        let indices = BatchOrder(batch).indices
        var next: [ByteBatch.Operation] = []
        var gathered = ByteWriter(capacity: 1 << 16)
        var start = 0
        while start < indices.count {
            let end = min(start + RocksByteStore.gatheredWriteCount, indices.count)
            next.removeAll(keepingCapacity: true)
            for position in start..<end { next.append(operations[Int(indices[position])]) }
            gathered.removeAll()
            for operation in next {
                gathered.append(UInt8(1))
                if let key = operation.pointKey { gathered.append(batch.bytes.extracting(key)) }
                if case .put(_, let value) = operation { gathered.append(batch.bytes.extracting(value)) }
            }
            var place = 0
            for operation in next {
                let keyEnd = place + 1 + (operation.pointKey?.count ?? 0)
                let key = gathered.bytes.extracting(place..<keyEnd)
                place = keyEnd
                if case .put(_, let value) = operation {
                    place += value.count
                    try file.put(key, gathered.bytes.extracting(keyEnd..<place))
                } else {
                    try file.delete(key)
                }
            }
            start = end
        }
    }

    private static var gatheredWriteCount: Int { 32 }

    /// The numbers that go beside the data.
    private func reserved(of batch: borrowing ByteBatch) -> [String: Int64] {
        var numbers = ["format": Self.formatVersion]
        for (name, value) in batch.attributes { numbers["attribute." + name] = value }
        if let offset = batch.checkpoint {
            numbers["checkpoint"] = offset.rawValue
            if let time = caughtUpNext { numbers["caught-up"] = time.millisecondsSinceEpoch }
        }
        return numbers
    }

    /// Through the memtable, which is then flushed.
    private func writeThroughMemtable(_ batch: borrowing ByteBatch) throws {
        guard let writes = rocksdb_writebatch_create() else { preconditionFailure("no memory for a write batch") }
        defer { rocksdb_writebatch_destroy(writes) }
        for operation in batch.operations { add(operation, of: batch.bytes, to: writes) }
        for (name, value) in reserved(of: batch) { add(reserved: name, value, to: writes) }
        let database = connection
        try RocksCall.run(path: path) {
            rocksdb_write(database.database.handle, database.database.writeOptions, writes, $0)
        }
        try RocksCall.run(path: path) {
            rocksdb_flush(database.database.handle, database.database.flushOptions, $0)
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
}
