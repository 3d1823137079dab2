internal import MillraceClient
internal import MillraceCore
internal import MillraceKafka

/// From words to an exit code. Does what the command does.
enum Program {
    static func run(_ words: [String], console: Console) -> ExitCode {
        Interruption.unblock()
        do throws(UsageError) {
            switch try Catalogue.parser.parse(words) {
            case .show(let text):
                console.write(text)
                return .success
            case .run(let command):
                return run(command, console)
            }
        } catch {
            console.note("error: \(error.text)")
            return .usage
        }
    }

    private static func run(_ command: any Command, _ console: Console) -> ExitCode {
        let context = CommandContext(console: console, clock: SystemClock(), interruption: Interruption())
        do {
            return try command.run(in: context)
        } catch {
            console.note("error: \(describe(error))")
            return exitCode(of: error)
        }
    }

    /// One line; the brokers' own words where they have some.
    private static func describe(_ error: any Error) -> String { "\(error)" }

    private static func exitCode(of error: any Error) -> ExitCode {
        switch error {
        case let failure as CommandFailure: failure.exitCode
        case ClientError.unreachable, ClientError.timedOut, ClientError.authentication: .unreachable
        case let error as KafkaError where error.isConnection || error.isTimeout: .unreachable
        default: .failure
        }
    }
}
