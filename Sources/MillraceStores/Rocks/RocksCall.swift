internal import CRocksDB

/// Calls of RocksDB's C interface: its error texts become `StoreError`s. Pure but for the call.
enum RocksCall {
    /// Runs `body` with a place for an error text, and throws what RocksDB put there.
    static func run<Result>(
        path: String, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) throws(StoreError) -> Result {
        var text: UnsafeMutablePointer<CChar>?
        let result = withUnsafeMutablePointer(to: &text) { body($0) }
        if let text {
            let message = String(cString: text)
            rocksdb_free(text)
            throw StoreError(kind(of: message), message, path: path)
        }
        return result
    }

    /// RocksDB's texts begin with the name of their status.
    static func kind(of message: String) -> StoreError.Kind {
        if message.contains("No space left") || message.contains("NoSpace") || message.contains("quota") {
            return .noSpace
        }
        if message.contains("While lock file") || message.contains("lock hold by") { return .locked }
        // "Invalid argument" and "Not found" at opening: files are missing or are not RocksDB's.
        if message.hasPrefix("IO error") && !message.contains("No such file") { return .inputOutput }
        return .corrupt
    }
}

extension RawSpan {
    /// The bytes as RocksDB wants them, for the length of `body`.
    func withCharacters<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>?, Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes { (bytes) throws(Failure) in
            try body(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }
}
