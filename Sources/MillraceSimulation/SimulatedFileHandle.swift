internal import MillraceCore
internal import Synchronization

/// An open file of a simulated disk. It stops working when the disk crashes.
final class SimulatedFileHandle: DiskFile {
    private let disk: SimulatedDisk
    let path: String
    private let node: Int
    private let life: Int
    private let isClosed = Atomic(false)

    init(disk: SimulatedDisk, path: String, node: Int, life: Int) {
        self.disk = disk
        self.path = path
        self.node = node
        self.life = life
    }

    func close() { isClosed.store(true, ordering: .relaxed) }

    func size() throws(DiskError) -> Int64 {
        try withFile("size") { state, node in Int64(state.tree.file(node)?.bytes.count ?? 0) }
    }

    func read(at position: Int64, length: Int, into buffer: inout ByteWriter) throws(DiskError) -> Int {
        let found = try withFile("read") { (state, node) throws(DiskError) in
            try state.check(.read, path, "read")
            let bytes = state.tree.file(node)?.bytes ?? []
            let start = min(Int(position), bytes.count)
            let found = Array(bytes[start..<min(start + max(length, 0), bytes.count)])
            state.readBytes += found.count
            return found
        }
        buffer.append(contentsOf: found)
        return found.count
    }

    func write(at position: Int64, _ bytes: RawSpan) throws(DiskError) {
        let copy = [UInt8](copying: bytes)
        try withFile("write") { (state, node) throws(DiskError) in
            let start = Int(position)
            let size = state.tree.file(node)?.bytes.count ?? 0
            do throws(DiskError) {
                try state.check(.write, path, "write")
            } catch {
                let part = Int.random(in: 0...copy.count, using: &state.random)
                _ = state.tree.withFile(node) { $0.write(copy[..<part], at: start) }
                throw error
            }
            let growth = max(0, start + copy.count - size)
            guard let capacity = state.capacity, state.tree.usedBytes + growth > capacity else {
                _ = state.tree.withFile(node) { $0.write(copy[...], at: start) }
                return
            }
            let room = max(0, capacity - state.tree.usedBytes)
            let part = min(copy.count, max(0, size - start) + room)
            if start <= size { _ = state.tree.withFile(node) { $0.write(copy[..<part], at: start) } }
            throw DiskError(.noSpace, path: path, operation: "write")
        }
    }

    func truncate(to size: Int64) throws(DiskError) {
        try withFile("truncate") { (state, node) throws(DiskError) in
            try state.check(.truncate, path, "truncate")
            _ = state.tree.withFile(node) { $0.truncate(to: Int(size)) }
        }
    }

    func sync() throws(DiskError) {
        try withFile("sync") { (state, node) throws(DiskError) in
            do throws(DiskError) {
                try state.check(.sync, path, "sync")
            } catch {
                _ = state.tree.withFile(node) { $0.failSync() }
                throw error
            }
            _ = state.tree.withFile(node) { $0.sync() }
            state.syncCount += 1
        }
    }

    private func withFile<Result>(
        _ operation: String, _ body: (inout SimulatedDisk.State, Int) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        guard !isClosed.load(ordering: .relaxed) else {
            throw DiskError(.inputOutput, path: path, operation: operation)
        }
        return try disk.attempt(operation, path) { (state: inout SimulatedDisk.State) throws(DiskError) in
            guard state.life == life else { throw DiskError(.inputOutput, path: path, operation: operation) }
            return try body(&state, node)
        }
    }
}
