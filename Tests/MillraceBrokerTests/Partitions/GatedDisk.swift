import MillraceCore
import MillraceSimulation

/// A disk whose syncs of some files wait until they are let go. From any thread.
final class GatedDisk: Disk {
    private struct State {
        var gate: String?
        var waiting = 0
        var syncs: [String: Int] = [:]
    }

    private let disk: SimulatedDisk
    private let state = Monitor(State())

    init(_ disk: SimulatedDisk) { self.disk = disk }

    /// From now on syncs of files with this in their path wait.
    func close(_ part: String) { state.update { $0.gate = part } }
    /// Lets all go.
    func open() { state.update { $0.gate = nil } }
    func waitForSync(timeout: Duration) -> Bool { state.wait(timeout: timeout) { $0.waiting > 0 } }
    /// Syncs that have begun, of files with this in their path.
    func syncs(of part: String) -> Int {
        state.withLock { $0.syncs.filter { $0.key.contains(part) }.values.reduce(0, +) }
    }

    fileprivate func willSync(_ path: String) {
        state.update { state in
            state.syncs[path, default: 0] += 1
            state.waiting += 1
        }
        state.wait { state in state.gate.map { !path.contains($0) } ?? true }
        state.update { $0.waiting -= 1 }
    }

    func open(_ path: String, create: Bool) throws(DiskError) -> any DiskFile {
        GatedFile(try disk.open(path, create: create), of: self)
    }
    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }
    func createDirectory(_ path: String) throws(DiskError) { try disk.createDirectory(path) }
    func removeFile(_ path: String) throws(DiskError) { try disk.removeFile(path) }
    func removeDirectory(_ path: String) throws(DiskError) { try disk.removeDirectory(path) }
    func rename(_ source: String, to target: String) throws(DiskError) { try disk.rename(source, to: target) }
    func syncDirectory(_ path: String) throws(DiskError) { try disk.syncDirectory(path) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try disk.lock(path) }
}

private final class GatedFile: DiskFile {
    private let file: any DiskFile
    private let disk: GatedDisk

    init(_ file: any DiskFile, of disk: GatedDisk) {
        self.file = file
        self.disk = disk
    }

    var path: String { file.path }
    func size() throws(DiskError) -> Int64 { try file.size() }
    func read(at position: Int64, length: Int, into buffer: inout ByteWriter) throws(DiskError) -> Int {
        try file.read(at: position, length: length, into: &buffer)
    }
    func write(at position: Int64, _ bytes: RawSpan) throws(DiskError) { try file.write(at: position, bytes) }
    func truncate(to size: Int64) throws(DiskError) { try file.truncate(to: size) }
    func sync() throws(DiskError) {
        disk.willSync(path)
        try file.sync()
    }
    func close() { file.close() }
}
