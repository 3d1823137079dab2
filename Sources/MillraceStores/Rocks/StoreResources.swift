internal import CRocksDB

/// What RocksDB stores share: one block cache, and RocksDB's background threads. `shared` serves the whole process;
/// used from any thread, since RocksDB guards both.
///
/// The cache bounds what reads keep: index and filter blocks count in it. Write buffers are bounded by the threads that
/// flush, not by the number of stores: a buffer holds one small flush of one store and is empty when `flush` returns.
/// (RocksDB's C interface has no write buffer manager for several databases to share.)
// Unchecked: the handles are immutable, and RocksDB's cache and environment may be used from every thread.
public final class StoreResources: @unchecked Sendable {
    /// What stores use that are given no other: one cache for all applications of the process.
    public static let shared = StoreResources()

    let cache: OpaquePointer
    let environment: OpaquePointer
    /// Bytes of the block cache that all stores share.
    public let blockCacheByteCount: Int
    /// Batches of this many writes or more are sorted and go down as one file; smaller ones through the memtable.
    public let sortedFileMinimumCount: Int
    /// Bytes of restored records, the last one of each key, that a store gathers in memory before they go down as one
    /// batch; while it is written, as much again.
    public let restoreBatchBytes: Int

    /// - Parameters:
    ///   - blockCacheBytes: most bytes of blocks, indexes and filters kept in memory.
    ///   - backgroundThreads: RocksDB's threads for flushes and compactions, shared by the whole process.
    ///   - sortedFileMinimumCount: writes from which on a batch becomes a sorted file.
    ///   - restoreBatchBytes: most bytes that a store being restored keeps before it writes them down.
    public init(
        blockCacheBytes: Int = 64 << 20, backgroundThreads: Int32 = 2, sortedFileMinimumCount: Int = 2_000,
        restoreBatchBytes: Int = 32 << 20
    ) {
        precondition(blockCacheBytes > 0, "a block cache of \(blockCacheBytes) bytes")
        guard let cache = rocksdb_cache_create_lru(blockCacheBytes), let environment = rocksdb_create_default_env()
        else { preconditionFailure("RocksDB has no memory for a cache of \(blockCacheBytes) bytes") }
        self.cache = cache
        self.environment = environment
        blockCacheByteCount = blockCacheBytes
        self.sortedFileMinimumCount = sortedFileMinimumCount
        self.restoreBatchBytes = restoreBatchBytes
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
