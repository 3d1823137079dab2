internal import CRocksDB

/// What all RocksDB stores of a process share: one block cache, and RocksDB's background threads. Made once, handed to
/// every `StoreEnvironment`; used from any thread, since RocksDB guards both.
///
/// Memory is bounded by the cache: index and filter blocks count in it. Memtables are small beside it: they hold one
/// flush of one store at a time, and are empty when `flush` returns.
// Unchecked: the handles are immutable, and RocksDB's cache and environment may be used from every thread.
public final class StoreResources: @unchecked Sendable {
    let cache: OpaquePointer
    let environment: OpaquePointer
    public let blockCacheByteCount: Int

    /// - Parameters:
    ///   - blockCacheBytes: most bytes of blocks, indexes and filters kept in memory.
    ///   - backgroundThreads: RocksDB's threads for flushes and compactions, shared by the whole process.
    public init(blockCacheBytes: Int = 64 << 20, backgroundThreads: Int32 = 2) {
        precondition(blockCacheBytes > 0, "a block cache of \(blockCacheBytes) bytes")
        guard let cache = rocksdb_cache_create_lru(blockCacheBytes), let environment = rocksdb_create_default_env()
        else { preconditionFailure("RocksDB has no memory for a cache of \(blockCacheBytes) bytes") }
        self.cache = cache
        self.environment = environment
        blockCacheByteCount = blockCacheBytes
        rocksdb_env_set_background_threads(environment, backgroundThreads)
        rocksdb_env_set_high_priority_background_threads(environment, 1)
    }

    deinit {
        rocksdb_cache_destroy(cache)
        rocksdb_env_destroy(environment)
    }

    /// Bytes in the block cache now.
    public var blockCacheUsedByteCount: Int { rocksdb_cache_get_usage(cache) }
}
