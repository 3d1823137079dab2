import Foundation
import MillraceCore
import ProcessKit
import Testing

/// `millrace broker` as a child, on a port that the system gives, with a data directory of its own. Killed with it.
final class BrokerProcess {
    let folder: TemporaryFolder
    let data: String
    /// `host:port`.
    let address: String
    private let child: Child

    /// - Parameter arguments: beside those for the directory and the address.
    init(_ arguments: [String] = [], listen: String = "127.0.0.1:0") throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        child = try Child(
            ["broker", "--data", data, "--listen", listen, "--durability", "system"] + arguments,
            in: folder)
        let child = child
        #expect(try eventually { child.output.contains("\n") || !child.isRunning }, "\(child.errors)")
        let line = try #require(child.output.split(separator: "\n").first, "\(child.errors)")
        address = String(try #require(line.split(separator: "/").last))
    }

    var pid: Int32 { child.pid }

    /// What the broker wrote to its standard error.
    var errors: String { child.errors }

    /// Ends what tells the broker that its parent is there.
    func closeInput() throws { try child.closeInput() }

    /// Waits for its end; its exit status.
    func wait() throws -> Int32 { try child.wait() }

    /// Stops it in order; its exit status.
    func stop() throws -> Int32 {
        child.send(SIGTERM)
        return try child.wait()
    }

    /// Runs `millrace` against it.
    @discardableResult
    func run(_ arguments: String..., input: String = "") throws -> Shell.Result {
        try Millrace.run(arguments, input: input, server: address, in: folder.path)
    }

    /// The same; fails the test where the command fails.
    @discardableResult
    func expect(_ arguments: String..., input: String = "", at location: SourceLocation = #_sourceLocation) throws
        -> String
    {
        let result = try Millrace.run(arguments, input: input, server: address, in: folder.path)
        #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: location)
        return result.output
    }

    /// Begins `millrace` with an open standard input.
    func start(_ arguments: String...) throws -> Child {
        try Child(arguments, in: folder, environment: Millrace.environment(server: address))
    }
}

/// The program that is tested.
enum Millrace {
    /// It lies beside the test bundle.
    static let path = Children.location(ofTool: "millrace").path

    static func environment(server: String) -> [String: String] { ["MILLRACE_BOOTSTRAP_SERVER": server] }

    static func run(
        _ arguments: [String], input: String = "", server: String = "127.0.0.1:1", in directory: String? = nil
    ) throws -> Shell.Result {
        try Shell.run(
            path, arguments, input: input, environment: environment(server: server), directory: directory)
    }
}

/// A process of `millrace` that goes on beside the test, with a pipe to its standard input. Killed with its owner.
final class Child {
    private let process = Process()
    private let input = Pipe()
    private let names: [String]
    var pid: Int32 { process.processIdentifier }

    init(_ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:]) throws {
        names = ["out", "err"].map { "\(folder.path)/\(UUID().uuidString).\($0)" }
        for name in names { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        process.executableURL = URL(filePath: Millrace.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.standardInput = input
        process.standardOutput = FileHandle(forWritingAtPath: names[0])
        process.standardError = FileHandle(forWritingAtPath: names[1])
        try Children.start(process)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOfFile: names[0], encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: names[1], encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func closeInput() throws { try input.fileHandleForWriting.close() }

    /// Its exit status; of a process that a signal has ended the number of the signal.
    func wait() throws -> Int32 {
        #expect(try eventually { !process.isRunning }, "the process does not end")
        return process.isRunning ? -1 : process.terminationStatus
    }
}

/// Whether `condition` came to hold in time.
func eventually(timeout: Duration = .seconds(60), _ condition: () throws -> Bool) throws -> Bool {
    let deadline = ContinuousClock.now + timeout
    let pause = Monitor(false)
    while try !condition() {
        if ContinuousClock.now > deadline { return false }
        _ = pause.wait(timeout: .milliseconds(10)) { $0 }
    }
    return true
}
