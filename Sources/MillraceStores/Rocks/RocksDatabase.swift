internal import CRocksDB

/// One open RocksDB database and the options it was opened with: one owner, closed once. The caller's thread does the
/// I/O; RocksDB flushes and compacts on its own threads.
struct RocksDatabase: ~Copyable {
    let handle: OpaquePointer
    let options: OpaquePointer
    let writeOptions: OpaquePointer
    let readOptions: OpaquePointer
    let flushOptions: OpaquePointer

    init(path: String, resources: StoreResources) throws(StoreError) {
        try RocksDatabase.makeDirectories(path, environment: resources.environment)
        let options = RocksDatabase.makeOptions(resources)
        do throws(StoreError) {
            let opened = try RocksCall.run(path: path) { rocksdb_open(options, path, $0) }
            guard let opened else { throw StoreError(.inputOutput, "RocksDB did not open", path: path) }
            handle = opened
        } catch {
            rocksdb_options_destroy(options)
            throw error
        }
        self.options = options
        writeOptions = rocksdb_writeoptions_create()
        // The changelog is the log: what is not flushed is restored from there.
        rocksdb_writeoptions_disable_WAL(writeOptions, 1)
        readOptions = rocksdb_readoptions_create()
        flushOptions = rocksdb_flushoptions_create()
        rocksdb_flushoptions_set_wait(flushOptions, 1)
    }

    deinit {
        rocksdb_close(handle)
        rocksdb_flushoptions_destroy(flushOptions)
        rocksdb_readoptions_destroy(readOptions)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_options_destroy(options)
    }

    private static func makeOptions(_ resources: StoreResources) -> OpaquePointer {
        guard let options = rocksdb_options_create(), let table = rocksdb_block_based_options_create() else {
            preconditionFailure("RocksDB has no memory for options")
        }
        rocksdb_block_based_options_set_block_cache(table, resources.cache)
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1)
        // Hash index in data blocks: reads are mostly points (PERFORMANCE §3c).
        rocksdb_block_based_options_set_data_block_index_type(table, 1)
        rocksdb_options_set_block_based_table_factory(options, table)
        rocksdb_block_based_options_destroy(table)

        rocksdb_options_set_env(options, resources.environment)
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_paranoid_checks(options, 1)
        // A flush is one batch, and a batch is never split over memtables, however large: see RocksByteStore.
        rocksdb_options_set_write_buffer_size(options, 16 << 20)
        rocksdb_options_set_max_write_buffer_number(options, 2)
        rocksdb_options_set_max_open_files(options, 256)
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_info_log_level(options, 3)
        rocksdb_options_set_keep_log_file_num(options, 2)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        return options
    }

    /// RocksDB makes the last directory of a path only.
    private static func makeDirectories(_ path: String, environment: OpaquePointer) throws(StoreError) {
        var directory = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            directory += "/" + component
            let made = directory
            try RocksCall.run(path: path) { rocksdb_create_dir_if_missing(environment, made, $0) }
        }
    }
}
