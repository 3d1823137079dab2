/// What the process says to its caller. Pure.
enum ExitCode: Int32, Sendable {
    case success = 0
    case failure = 1
    case usage = 2
    case unreachable = 3
    case interrupted = 130

    static let documented: [ExitCode] = [.success, .failure, .usage, .unreachable, .interrupted]

    var documentation: String {
        switch self {
        case .success: "Done."
        case .failure: "Refused or failed; standard error says why. What was done before stays done."
        case .usage: "The command line or a configuration file is wrong; nothing was done."
        case .unreachable: "No broker answered in time, or it does not trust us or we it."
        case .interrupted: "Ended by Ctrl-C. What had to be closed (group, transaction) was closed."
        }
    }
}
