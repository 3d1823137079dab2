public import MillraceCore
internal import Synchronization

/// A disk in memory that is as unreliable as a real one, by seed. From any thread; no I/O.
///
/// A power loss (`crash`) keeps what was synced. Unsynced bytes are kept, lost or torn, sector by sector; unsynced
/// names (creations, renames, removals) are kept in their order up to a point. It runs full at `capacity`, having
/// written what still fitted, and fails as `fail` and `setErrorRate` say. After a failed sync the bytes it was for
/// never become durable, whatever later syncs say.
public final class SimulatedDisk: Disk {
    /// What can be made to fail.
    public enum Operation: Hashable, Sendable {
        /// Reads of a file's bytes.
        case read
        /// Writes of a file's bytes.
        case write
        /// Changes of a file's length.
        case truncate
        /// Syncs of a file.
        case sync
        /// Creations, renames, removals and directory syncs.
        case names
    }

    struct Fault: Sendable {
        var operation: Operation
        var pathSuffix: String
        var reason: DiskError.Reason
        /// Matching calls that still pass.
        var skip: Int
    }

    struct State: Sendable {
        var tree = SimulatedTree()
        var random: SeededGenerator
        var capacity: Int?
        var faults: [Fault] = []
        var errorRates: [Operation: Int] = [:]
        var locks: [String: Int] = [:]
        /// Open files of an earlier life of the machine do not work any more.
        var life = 0
        var nextLock = 0
        var syncCount = 0
        var readBytes = 0
    }

    let state: Mutex<State>

    /// An empty disk.
    ///
    /// - Parameter capacity: bytes that fit on it; nil for no limit.
    /// - Parameter seed: decides what a power cut leaves.
    public init(seed: UInt64, capacity: Int? = nil) {
        state = Mutex(State(random: SeededGenerator(seed: seed), capacity: capacity))
    }

    private init(_ copy: State) { state = Mutex(copy) }

    // MARK: Faults

    /// Power loss: open files and locks are gone, and what was not synced is kept, lost or torn.
    public func crash() {
        state.withLock { state in
            state.tree = state.tree.afterCrash(using: &state.random)
            state.life += 1
            state.locks = [:]
            state.faults = []
        }
    }

    /// The process dies, the machine lives on: open files and locks are gone, every byte written is still there.
    public func killProcess() {
        state.withLock { state in
            state.life += 1
            state.locks = [:]
        }
    }

    /// The disk that would be found if the power went now; this one goes on undisturbed.
    public func snapshotAfterCrash(seed: UInt64) -> SimulatedDisk {
        var copy = state.withLock { $0 }
        copy.random = SeededGenerator(seed: seed)
        let disk = SimulatedDisk(copy)
        disk.crash()
        return disk
    }

    /// Bytes all files may have together; nil for no limit.
    public var capacity: Int? {
        get { state.withLock { $0.capacity } }
        set { state.withLock { $0.capacity = newValue } }
    }

    /// Bytes in all files.
    public var usedBytes: Int { state.withLock { $0.tree.usedBytes } }

    /// How many file syncs have succeeded.
    public var syncCount: Int { state.withLock { $0.syncCount } }

    /// Bytes that have been read from files.
    public var readBytes: Int { state.withLock { $0.readBytes } }

    /// Makes one call fail: the next one of this kind on a path with this end, after `skip` more have passed.
    public func fail(
        _ operation: Operation, pathSuffix: String = "", reason: DiskError.Reason = .inputOutput, skip: Int = 0
    ) {
        let fault = Fault(operation: operation, pathSuffix: pathSuffix, reason: reason, skip: skip)
        state.withLock { $0.faults.append(fault) }
    }

    /// Makes calls of this kind fail with EIO once in `chances` times on average; 0 ends it.
    public func setErrorRate(_ operation: Operation, onceIn chances: Int) {
        state.withLock { $0.errorRates[operation] = chances }
    }

    /// Flips one bit of a file, as a decaying disk does. Returns false where the file is shorter.
    public func flipBit(of path: String, at position: Int, bit: Int = 0) -> Bool {
        state.withLock { state -> Bool in
            guard let node = state.tree.node(at: path), let file = state.tree.file(node),
                position < file.bytes.count
            else { return false }
            let flipped = file.bytes[position] ^ (1 << UInt8(bit & 7))
            let done: Void? = state.tree.withFile(node) { file in
                file.write([flipped], at: position)
                file.sync()
            }
            return done != nil
        }
    }

    // MARK: Disk

    public func open(_ path: String, create: Bool) throws(DiskError) -> any DiskFile {
        try attempt("open", path) { (state: inout State) throws(DiskError) in
            if let node = state.tree.node(at: path) {
                guard state.tree.file(node) != nil else { throw DiskError(.inputOutput, path: path, operation: "open") }
                return SimulatedFileHandle(disk: self, path: path, node: node, life: state.life)
            }
            guard create else { throw DiskError(.notFound, path: path, operation: "open") }
            try state.check(.names, path, "open")
            guard let node = state.tree.createFile(path) else {
                throw DiskError(.notFound, path: path, operation: "open")
            }
            return SimulatedFileHandle(disk: self, path: path, node: node, life: state.life)
        }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let names = state.withLock({ $0.tree.names(in: directory) }) else {
            throw DiskError(.notFound, path: directory, operation: "list")
        }
        return names
    }

    /// Whether there is a file or folder.
    public func exists(_ path: String) throws(DiskError) -> Bool {
        state.withLock { $0.tree.node(at: path) != nil }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        try changeNames("create directory", path) { $0.createDirectory(path) }
    }

    /// Removes a file.
    public func removeFile(_ path: String) throws(DiskError) {
        try changeNames("remove", path) { $0.removeFile(path) }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        try changeNames("remove directory", path) { $0.removeDirectory(path) }
    }

    public func rename(_ source: String, to target: String) throws(DiskError) {
        try changeNames("rename", source) { $0.rename(source, to: target) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try changeNames("sync directory", path) { $0.syncDirectory(path) }
    }

    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        try attempt("lock", path) { (state: inout State) throws(DiskError) in
            guard state.locks[path] == nil else { throw DiskError(.locked, path: path, operation: "lock") }
            if state.tree.node(at: path) == nil, state.tree.createFile(path) == nil {
                throw DiskError(.notFound, path: path, operation: "lock")
            }
            state.nextLock += 1
            state.locks[path] = state.nextLock
            return SimulatedLock(disk: self, path: path, number: state.nextLock)
        }
    }

    private func changeNames(
        _ operation: String, _ path: String, _ change: (inout SimulatedTree) -> Bool
    ) throws(DiskError) {
        try attempt(operation, path) { (state: inout State) throws(DiskError) in
            try state.check(.names, path, operation)
            guard change(&state.tree) else { throw DiskError(.notFound, path: path, operation: operation) }
        }
    }

    func attempt<Result>(
        _ operation: String, _ path: String, _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        // `withLock` wants its result sent over; a Result of a Sendable or fresh value is.
        var outcome: Swift.Result<Result, DiskError>?
        state.withLock { state in
            do throws(DiskError) {
                outcome = .success(try body(&state))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw DiskError(.inputOutput, path: path, operation: operation) }
        return try outcome.get()
    }
}

extension SimulatedDisk.State {
    /// Throws where a fault is planned or the dice say so.
    mutating func check(_ operation: SimulatedDisk.Operation, _ path: String, _ name: String) throws(DiskError) {
        for index in faults.indices where faults[index].operation == operation {
            guard path.hasSuffix(faults[index].pathSuffix) else { continue }
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            let fault = faults.remove(at: index)
            throw DiskError(fault.reason, path: path, operation: name)
        }
        if let chances = errorRates[operation], random.once(in: chances) {
            throw DiskError(.inputOutput, path: path, operation: name)
        }
    }
}

private final class SimulatedLock: DiskLock {
    private let disk: SimulatedDisk
    private let path: String
    private let number: Int

    init(disk: SimulatedDisk, path: String, number: Int) {
        self.disk = disk
        self.path = path
        self.number = number
    }

    deinit { release() }

    func release() {
        disk.state.withLock { state in
            if state.locks[path] == number { state.locks[path] = nil }
        }
    }
}
