import ChatAnalyticsKit
import Foundation

/// The example as a program: reads the command line, says what is wrong, gives an exit code. It is also the program of
/// the instances that it starts.
struct Program {
    enum ExitCode {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        static let usage: Int32 = 2
    }

    func run(_ arguments: [String]) -> Int32 {
        // Who writes to a process that was killed gets an error, not a signal.
        signal(SIGPIPE, SIG_IGN)
        if let instance = InstanceProgram(arguments) { return finish { try instance.run() } }
        switch ScaleOutOptions.parse(arguments) {
        case .help:
            print(ScaleOutOptions.help)
            return ExitCode.success
        case .mistake(let text):
            complain("\(text)\nScaleOut --help says more.")
            return ExitCode.usage
        case .run(let options):
            return finish { try Demo(options).run() }
        }
    }

    private func finish(_ body: () throws -> Bool) -> Int32 {
        do {
            return try body() ? ExitCode.success : ExitCode.failure
        } catch {
            complain("\(error)")
            return ExitCode.failure
        }
    }

    private func complain(_ text: String) {
        FileHandle.standardError.write(Data("ScaleOut: \(text)\n".utf8))
    }
}

/// Why a run was given up.
struct ScaleOutError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
