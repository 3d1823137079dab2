import ChatAnalyticsKit
import Foundation

/// The example as a program: reads the command line, says what is wrong, gives an exit code.
struct Program {
    enum ExitCode {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        static let usage: Int32 = 2
    }

    func run(_ arguments: [String]) -> Int32 {
        switch Options.parse(arguments) {
        case .help:
            print(Options.help)
            return ExitCode.success
        case .mistake(let text):
            complain("\(text)\nChatAnalytics --help says more.")
            return ExitCode.usage
        case .run(let options):
            do {
                return try Demo(options).run() ? ExitCode.success : ExitCode.failure
            } catch {
                complain("\(error)")
                return ExitCode.failure
            }
        }
    }

    private func complain(_ text: String) {
        FileHandle.standardError.write(Data("ChatAnalytics: \(text)\n".utf8))
    }
}
