/// What a disk refuses.
public struct DiskError: Error, Hashable, Sendable {
    /// Why a disk operation failed, as far as callers decide by it.
    public enum Reason: Hashable, Sendable {
        /// There is no such file or folder.
        case notFound
        /// There is one already.
        case alreadyExists
        /// ENOSPC or EDQUOT: the caller may go on once space is free.
        case noSpace
        /// EIO and everything else the device reports.
        case inputOutput
        /// The operating system forbids it.
        case permissionDenied
        /// Another process holds the lock.
        case locked
    }
    /// Why it failed.
    public let reason: Reason
    /// The path that was touched.
    public let path: String
    /// What was tried, in a word: "write", "sync", "open" …
    public let operation: String
    /// `errno`, 0 where there is none (a simulated disk).
    public let errorNumber: Int32

    /// A failure of `operation` on `path`.
    public init(_ reason: Reason, path: String, operation: String, errorNumber: Int32 = 0) {
        self.reason = reason
        self.path = path
        self.operation = operation
        self.errorNumber = errorNumber
    }
}

extension DiskError: CustomStringConvertible {
    public var description: String {
        let cause = errorNumber == 0 ? "\(reason)" : "\(reason), errno \(errorNumber)"
        return "\(operation) failed on \(path): \(cause)"
    }
}

/// The port for files. Calls carry whole batches, so a dynamic call costs nothing next to the I/O.
/// The real one is `FileSystemDisk`; the tests' one loses, tears and refuses (`SimulatedDisk`).
public protocol Disk: Sendable {
    /// Opens a file for reading and writing, and makes it where `create` says so.
    func open(_ path: String, create: Bool) throws(DiskError) -> any DiskFile
    /// Names in a directory, sorted; without `.` and `..`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Whether there is a file or folder.
    func exists(_ path: String) throws(DiskError) -> Bool
    /// Makes a directory and its missing parents; no error where it is there.
    func createDirectory(_ path: String) throws(DiskError)
    /// Removes a file.
    func removeFile(_ path: String) throws(DiskError)
    /// Removes a directory with all it holds.
    func removeDirectory(_ path: String) throws(DiskError)
    /// Replaces `target` atomically.
    func rename(_ source: String, to target: String) throws(DiskError)
    /// Makes the names in a directory (creations, renames, removals) durable.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Takes an exclusive lock that ends with the returned object or the process.
    func lock(_ path: String) throws(DiskError) -> any DiskLock
}

/// An open file. Several threads may read; one writes; `sync` may run beside writes.
public protocol DiskFile: AnyObject, Sendable {
    /// Where the file is.
    var path: String { get }
    /// Its length in bytes.
    func size() throws(DiskError) -> Int64
    /// Reads up to `length` bytes at `position` to the end of `buffer`; returns how many (0 at the end of the file).
    func read(at position: Int64, length: Int, into buffer: inout ByteWriter) throws(DiskError) -> Int
    /// Writes all of `bytes` at `position`, or throws; after an error any prefix may have been written.
    func write(at position: Int64, _ bytes: RawSpan) throws(DiskError)
    /// Cuts or extends the file to `size` bytes.
    func truncate(to size: Int64) throws(DiskError)
    /// Returns once everything written so far survives a power loss (fdatasync).
    func sync() throws(DiskError)
    /// Gives the file back; it is not synced.
    func close()
    /// The operating system's number for the open file, for calls that this port does not have (`sendfile`); nil where
    /// the disk is none of the system's. Valid while the object is held and not closed: whoever uses it holds on to
    /// the object, so that the number cannot come to mean another file.
    var systemDescriptor: Int32? { get }
}

extension DiskFile {
    /// None, unless a disk says otherwise.
    public var systemDescriptor: Int32? { nil }
}

/// Held for as long as the lock is wanted.
public protocol DiskLock: AnyObject, Sendable {
    /// Gives the lock back.
    func release()
}
