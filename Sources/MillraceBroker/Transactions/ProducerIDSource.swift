internal import MillraceCore

/// Gives out producer ids that nobody has had. It reserves them on disk in blocks, so that a crash skips ids and never
/// repeats one. I/O on the `Disk` port, once a block; from any thread.
final class ProducerIDSource: @unchecked Sendable {
    // Sendable: `lock` guards `next` and `reservedEnd`. Threads: those of clients.
    static let blockSize: Int64 = 1_000

    private let lock = Lock()
    private let file: PropertiesFile
    private let disk: any Disk
    private var next: Int64
    private var reservedEnd: Int64

    /// - Parameter smallest: no id below this is given out; above all that logs mention.
    init(in directory: String, disk: any Disk, smallest: Int64) throws(DiskError) {
        file = PropertiesFile("producer-ids.properties", in: directory)
        self.disk = disk
        let stored = try file.read(from: disk)?["next"].flatMap { Int64($0) } ?? 0
        next = max(stored, smallest)
        reservedEnd = next
    }

    func take() throws(BrokerError) -> Int64 {
        lock.lock()
        defer { lock.unlock() }
        if next == reservedEnd {
            let end = next + Self.blockSize
            do { try file.write(["next": String(end)], to: disk) } catch { throw BrokerError(error) }
            reservedEnd = end
        }
        defer { next += 1 }
        return next
    }
}
