internal import MillraceCore

/// A small text file of `name=value` lines, as Kafka's `meta.properties`. It is replaced whole: written under another
/// name, synced, renamed, and the directory synced, so that a crash leaves the old or the new one. I/O on `Disk`.
struct PropertiesFile {
    let path: String
    let directory: String

    init(_ name: String, in directory: String) {
        self.directory = directory
        path = directory + "/" + name
    }

    /// Nil where there is no such file.
    func read(from disk: any Disk) throws(DiskError) -> [String: String]? {
        guard try disk.exists(path) else { return nil }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        var writer = ByteWriter()
        let size = Int(try file.size())
        while writer.count < size {
            let count = try file.read(at: Int64(writer.count), length: size - writer.count, into: &writer)
            if count == 0 { break }
        }
        var properties: [String: String] = [:]
        for line in writer.bytes.lossyUTF8.split(separator: "\n") where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            properties[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return properties
    }

    func write(_ properties: [String: String], to disk: any Disk) throws(DiskError) {
        var writer = ByteWriter()
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            writer.append(utf8: "\(name)=\(value)\n")
        }
        let file = try disk.open(path + ".new", create: true)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(at: 0, writer.bytes)
        try file.sync()
        try disk.rename(path + ".new", to: path)
        try disk.syncDirectory(directory)
    }
}
