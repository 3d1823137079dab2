public import MillraceCore
internal import Synchronization

/// A simulated disk that takes a picture, after a chosen number of changes, of what would be found had the power gone
/// just then. So a test cuts the power in the middle of a call, at every point there is. From any thread; no I/O.
public final class PowerCutDisk: Disk {
    private struct State {
        var changesLeft: Int?
        var picture: SimulatedDisk?
        var changes = 0
    }

    /// The disk below, which goes on undisturbed.
    public let disk: SimulatedDisk
    private let seed: UInt64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - disk: holds what has been written.
    ///   - seed: decides what the cut leaves.
    public init(_ disk: SimulatedDisk, seed: UInt64) {
        self.disk = disk
        self.seed = seed
    }

    /// Takes the picture after so many more changes.
    public func cut(after changes: Int) {
        state.withLock {
            $0.changesLeft = changes
            $0.picture = nil
        }
    }

    /// What a restart would find, once the cut has come.
    public var picture: SimulatedDisk? { state.withLock { $0.picture } }
    /// Writes, syncs and changes of names so far.
    public var changes: Int { state.withLock { $0.changes } }

    fileprivate func changed() {
        let isNow = state.withLock { state in
            state.changes += 1
            guard let left = state.changesLeft else { return false }
            state.changesLeft = left == 0 ? nil : left - 1
            return left == 0
        }
        guard isNow else { return }
        let picture = disk.snapshotAfterCrash(seed: seed)
        state.withLock { $0.picture = picture }
    }

    public func open(_ path: String, create: Bool) throws(DiskError) -> any DiskFile {
        let file = PowerCutFile(try disk.open(path, create: create), of: self)
        if create { changed() }
        return file
    }
    public func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    public func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }
    public func createDirectory(_ path: String) throws(DiskError) {
        try disk.createDirectory(path)
        changed()
    }
    public func removeFile(_ path: String) throws(DiskError) {
        try disk.removeFile(path)
        changed()
    }
    public func removeDirectory(_ path: String) throws(DiskError) {
        try disk.removeDirectory(path)
        changed()
    }
    public func rename(_ source: String, to target: String) throws(DiskError) {
        try disk.rename(source, to: target)
        changed()
    }
    public func syncDirectory(_ path: String) throws(DiskError) {
        try disk.syncDirectory(path)
        changed()
    }
    public func lock(_ path: String) throws(DiskError) -> any DiskLock { try disk.lock(path) }
}

private final class PowerCutFile: DiskFile {
    private let file: any DiskFile
    private let disk: PowerCutDisk

    init(_ file: any DiskFile, of disk: PowerCutDisk) {
        self.file = file
        self.disk = disk
    }

    var path: String { file.path }
    func size() throws(DiskError) -> Int64 { try file.size() }
    func read(at position: Int64, length: Int, into buffer: inout ByteWriter) throws(DiskError) -> Int {
        try file.read(at: position, length: length, into: &buffer)
    }
    func write(at position: Int64, _ bytes: RawSpan) throws(DiskError) {
        try file.write(at: position, bytes)
        disk.changed()
    }
    func truncate(to size: Int64) throws(DiskError) {
        try file.truncate(to: size)
        disk.changed()
    }
    func sync() throws(DiskError) {
        try file.sync()
        disk.changed()
    }
    func close() { file.close() }
}
