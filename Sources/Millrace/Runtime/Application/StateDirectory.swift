internal import MillraceCore
internal import Synchronization

/// The directory `<state>/<application>/` of one process: `<task>/<store>/` in it, a lock that keeps other processes
/// out, and `instance`, which keeps the name of the instance over restarts, so that a restarted instance fences its
/// own open transactions instead of waiting for their time-out. Does I/O; used from any thread.
///
/// Several applications of one process may share it: each takes a slot of its own, and a task's directory is held by
/// one thread at a time.
final class StateDirectory: Sendable {
    private struct Shared {
        var processLock: any DiskLock
        var slots: Set<Int> = []
        var tasks: Set<TaskID> = []
        /// Since when nobody has held a directory that is there, as the cleaner saw it.
        var unheldSince: [TaskID: UInt64] = [:]
    }
    /// What this process has open, by path.
    private static let opened = Mutex<[String: Shared]>([:])

    let path: String
    /// Of this application among those of the process that share the directory: 0 for the first.
    let slot: Int
    /// Unique among all instances of the application, and the same after a restart.
    let instance: String

    /// - Throws: `DiskError.Reason.locked` where another process has the directory.
    static func open(
        state: String, applicationID: String, disk: any Disk, entropy: any Entropy
    ) throws(DiskError) -> StateDirectory {
        let path = "\(state)/\(applicationID)"
        try disk.createDirectory(path)
        let slot = try opened.withLock { (opened: inout sending [String: Shared]) throws(DiskError) -> Int in
            if opened[path] == nil { opened[path] = Shared(processLock: try disk.lock("\(path)/lock")) }
            guard var shared = opened[path] else { preconditionFailure("\(path) was just opened") }
            let slot = (0...shared.slots.count).first { !shared.slots.contains($0) } ?? shared.slots.count
            shared.slots.insert(slot)
            opened[path] = shared
            return slot
        }
        do {
            let name = try instanceName(path: path, disk: disk, entropy: entropy)
            return StateDirectory(path: path, slot: slot, instance: "\(name)-\(slot)")
        } catch {
            release(path: path, slot: slot)
            throw error
        }
    }

    private init(path: String, slot: Int, instance: String) {
        self.path = path
        self.slot = slot
        self.instance = instance
    }

    /// Takes a task's directory; false while another thread of this process has it.
    func lockTask(_ task: TaskID) -> Bool {
        StateDirectory.opened.withLock { $0[path]?.tasks.insert(task).inserted ?? false }
    }

    func unlockTask(_ task: TaskID) {
        StateDirectory.opened.withLock { opened in
            _ = opened[path]?.tasks.remove(task)
            opened[path]?.unheldSince[task] = nil
        }
    }

    func directory(of task: TaskID) -> String { "\(path)/\(task)" }

    /// Tasks that have a directory here, in order.
    func tasksOnDisk(_ disk: any Disk) throws(DiskError) -> [TaskID] {
        try disk.list(path).compactMap { name in
            let parts = name.split(separator: "_")
            guard parts.count == 2, let subtopology = Int(parts[0]), let partition = Int32(parts[1]) else {
                return nil
            }
            return TaskID(subtopology: subtopology, partition: partition)
        }.sorted()
    }

    /// Removes the directories that nobody in this process has held for `delayNanoseconds`, counted from the first call
    /// that found them so.
    ///
    /// - Returns: the tasks whose directories are gone.
    func clean(now: UInt64, delayNanoseconds: UInt64, disk: any Disk) throws(DiskError) -> [TaskID] {
        let found = try tasksOnDisk(disk)
        let due = StateDirectory.opened.withLock { opened -> [TaskID] in
            guard var shared = opened[path] else { return [] }
            var due: [TaskID] = []
            for task in found where !shared.tasks.contains(task) {
                let since = shared.unheldSince[task] ?? now
                shared.unheldSince[task] = since
                guard now - min(now, since) >= delayNanoseconds else { continue }
                // Held until it is gone, so that nobody opens what is being removed.
                shared.tasks.insert(task)
                due.append(task)
            }
            opened[path] = shared
            return due
        }
        defer { for task in due { unlockTask(task) } }
        for task in due { try disk.removeDirectory(directory(of: task)) }
        return due
    }

    /// Lets go of the slot, and of the lock with the last one.
    func close() { StateDirectory.release(path: path, slot: slot) }

    private static func release(path: String, slot: Int) {
        opened.withLock { opened in
            opened[path]?.slots.remove(slot)
            if let shared = opened[path], shared.slots.isEmpty {
                shared.processLock.release()
                opened[path] = nil
            }
        }
    }

    /// Reads the file `instance`, or makes it: the line "millrace 1", then 32 hexadecimal digits.
    private static func instanceName(
        path: String, disk: any Disk, entropy: any Entropy
    ) throws(DiskError) -> String {
        let version = "millrace 1\n"
        let file = try disk.open("\(path)/instance", create: true)
        defer { file.close() }
        var content = ByteWriter()
        _ = try file.read(at: 0, length: 256, into: &content)
        let text = content.bytes.lossyUTF8
        if text.hasPrefix(version) {
            let name = text.dropFirst(version.count).prefix { $0 != "\n" }
            if name.utf8.count == 32 { return String(name) }
        }
        let name = hexadecimal(entropy.next()) + hexadecimal(entropy.next())
        content.removeAll()
        content.append(utf8: version + name + "\n")
        try file.truncate(to: 0)
        try file.write(at: 0, content.bytes)
        try file.sync()
        return name
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
