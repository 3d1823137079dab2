import Foundation

/// A folder of IRC logs, one file a day, named by the day ("2004-12-25.log"). Does I/O; any thread may read.
public struct LogFolder: Sendable {
    public struct File: Sendable {
        public let day: ChatDay
        public let path: String

        public func read() throws -> [UInt8] {
            do {
                return try Array(Data(contentsOf: URL(filePath: path)))
            } catch {
                throw InputError("cannot read \(path): \(error.localizedDescription)")
            }
        }
    }

    /// By day.
    public let files: [File]

    /// - Throws: `InputError` where the folder cannot be read or holds no log.
    public init(_ folder: String) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw InputError("cannot read the folder of logs \(folder): \(error.localizedDescription)")
        }
        files = names.filter { $0.hasSuffix(".log") }
            .compactMap { name in ChatDay(fileName: name).map { File(day: $0, path: "\(folder)/\(name)") } }
            .sorted { ($0.day, $0.path) < ($1.day, $1.path) }
        if files.isEmpty {
            throw InputError("no log in \(folder): files are named by their day, as 2004-12-25.log")
        }
    }
}

/// What is wrong with the input; the text names the file or folder.
public struct InputError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}
