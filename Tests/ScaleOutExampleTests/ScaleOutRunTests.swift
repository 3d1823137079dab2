import Foundation
import MillraceCore
import Testing

@testable import ScaleOut

/// The example as a user starts it, on a small input: it checks its own result against a plain fold.
@Suite("Scale-out: the program", .serialized)
struct ScaleOutRunTests {
    @Test("one of three processes is killed and one is added, and the tables are those of a plain fold")
    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "scale-out-example-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("ScaleOut").path
        let errors = folder.appending(path: "err").path(percentEncoded: false)
        let process = try ChildProcess(
            program, ["--lines", "3000", "--seconds", "9", "--partitions", "2"], errors: errors)
        // Half a minute of waiting, on a thread that no other test wants.
        let isGood = await withCheckedContinuation { waiting in
            _ = SystemThread.start(name: "scale-out") { waiting.resume(returning: process.ends(within: .seconds(150))) }
        }
        let text = process.output.withLock { $0.lines }.joined(separator: "\n")
        let complaints = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        let all: Comment = "\(text)\n\(complaints)"
        #expect(isGood, all)
        #expect(text.contains(#/kill -9 of b, process \d+: every task runs \d+\.\d s later/#), all)
        #expect(text.contains(#/start of d: every task runs/#), all)
        #expect(text.contains(#/lag \d+ · a runs \d+, warm \d+/#), all)
        #expect(text.contains(#/\n  b +killed/#), all)
        #expect(text.contains("The plain fold gives the same totals."), all)
    }

    @Test("a broker that is not there, and nonsense, are told")
    func mistakes() throws {
        #expect(Program().run(["--lines", "nonsense"]) == Program.ExitCode.usage)
        #expect(Program().run(["--logs", "/nowhere"]) == Program.ExitCode.failure)
    }
}
