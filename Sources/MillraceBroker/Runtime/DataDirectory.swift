internal import MillraceCore

/// The claim of one broker on its data directory. I/O on the `Disk` port; made and closed by the broker.
///
///     <data>/.lock             held as long as the broker lives: a second process is refused
///     <data>/meta.properties   version, cluster.id, node.id
///     <data>/.clean-shutdown   there while nobody has the directory open and the last one closed it in order
///     <data>/producer-ids.properties   next: producer ids below have perhaps been given away
struct DataDirectory {
    static let formatVersion = "1"

    let path: String
    let disk: any Disk
    let lock: any DiskLock
    let clusterID: String
    /// Whether the logs were closed in order, so that their ends need not be searched.
    let wasClosedCleanly: Bool

    init(_ path: String, disk: any Disk, entropy: any Entropy, nodeID: Int32) throws(BrokerError) {
        do {
            try disk.createDirectory(path)
            lock = try disk.lock(path + "/.lock")
        } catch {
            guard error.reason == .locked else { throw BrokerError(error) }
            throw BrokerError(
                .kafkaStorageError, "the data directory \(path) is in use by another broker (its .lock is held)")
        }
        self.path = path
        self.disk = disk
        do {
            (clusterID, wasClosedCleanly) = try Self.open(path, disk: disk, entropy: entropy, nodeID: nodeID)
        } catch {
            lock.release()
            throw error
        }
    }

    private static func open(
        _ path: String, disk: any Disk, entropy: any Entropy, nodeID: Int32
    ) throws(BrokerError) -> (clusterID: String, wasClosedCleanly: Bool) {
        do {
            let meta = PropertiesFile("meta.properties", in: path)
            var clusterID = hexadecimal(entropy.next()) + hexadecimal(entropy.next())
            if let properties = try meta.read(from: disk) {
                guard properties["version"] == formatVersion else {
                    throw BrokerError(
                        .unsupportedVersion,
                        "\(meta.path) is of version \(properties["version"] ?? "(none)"); this program reads version "
                            + formatVersion)
                }
                clusterID = properties["cluster.id"] ?? clusterID
            } else {
                try syncNames(above: path, on: disk)
                try meta.write(
                    ["version": formatVersion, "cluster.id": clusterID, "node.id": String(nodeID)], to: disk)
            }
            let marker = path + "/.clean-shutdown"
            let isClean = try disk.exists(marker)
            if isClean {
                // Gone, durably, before anything is written: a crash from here on is a crash.
                try disk.removeFile(marker)
                try disk.syncDirectory(path)
            }
            return (clusterID, isClean)
        } catch let error as DiskError {
            throw BrokerError(error)
        } catch let error as BrokerError {
            throw error
        } catch {
            throw BrokerError(.unknownServerError, "\(error)")
        }
    }

    /// Makes the name of a new directory durable, and those of its parents, which may be new too.
    private static func syncNames(above path: String, on disk: any Disk) throws(DiskError) {
        var parent = path
        while let slash = parent.lastIndex(of: "/") {
            parent = String(parent[..<slash])
            do {
                try disk.syncDirectory(parent.isEmpty ? "/" : parent)
            } catch {
                // What we may not open we have not made.
                guard error.reason == .permissionDenied else { throw error }
            }
        }
        if !path.hasPrefix("/") { try disk.syncDirectory(".") }
    }

    /// Says that all logs were closed in order. The last thing to be written.
    func markClean() throws(DiskError) {
        let file = try disk.open(path + "/.clean-shutdown", create: true)
        try file.sync()
        file.close()
        try disk.syncDirectory(path)
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
