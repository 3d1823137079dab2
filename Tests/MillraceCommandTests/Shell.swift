import Foundation

/// Runs programs and waits for them. Test threads call it.
enum Shell {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// - Parameter input: given on standard input, which is closed behind it.
    static func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        directory: String? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: program.hasPrefix("/") ? program : "/usr/bin/env")
        process.arguments = program.hasPrefix("/") ? arguments : [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        // Files, not pipes: neither side waits for the other, however much is written.
        let folder = try TemporaryFolder()
        let names = ["in", "out", "err"].map { folder.path + "/" + $0 }
        try Data(input.utf8).write(to: URL(filePath: names[0]))
        for name in names[1...] { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        process.standardInput = FileHandle(forReadingAtPath: names[0])
        process.standardOutput = FileHandle(forWritingAtPath: names[1])
        process.standardError = FileHandle(forWritingAtPath: names[2])
        try process.run()
        process.waitUntilExit()
        let texts = try names.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Result(status: process.terminationStatus, output: texts[1], errors: texts[2])
    }
}

/// A folder for one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/millrace-command-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
