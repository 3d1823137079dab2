// What the tidy tests hold the sources to, in one place. No I/O; read by the tests of this folder.
// Source: ../shared/design/STYLE.md. The numbers are a ratchet: they may be lowered, never raised.

enum Rules {
    static let lineLength = 120
    static let fileLines = 400
    static let testFileLines = 500
    static let functionLines = 60
    static let testFunctionLines = 100

    /// How many `@unchecked Sendable` and `nonisolated(unsafe)` the project has, tests included. Each has its reason
    /// in the comment above it. Whoever removes one lowers the number.
    static let uncheckedMaximum = 17

    /// Files longer than `fileLines` (or `testFileLines`), with the lines they have. Empty is the goal.
    static let longFiles: [String: Int] = [:]

    /// Functions longer than `functionLines` (or `testFunctionLines`), as "path name", with the lines they have.
    static let longFunctions: [String: Int] = [:]

    /// Folders of pure logic. They see no file, clock or thread: neither Foundation nor Glibc.
    static let pureFolders = [
        "Sources/MillraceCore/Bytes",
        "Sources/MillraceCore/Nouns",
        "Sources/MillraceCore/Ports",
        "Sources/MillraceCore/Records",
        "Sources/MillraceProtocol",
        "Sources/MillraceBroker/Groups",
        "Sources/MillraceBroker/Transactions",
        "Sources/MillraceCommand/Arguments",
        "Sources/MillraceKafka/Native/Fetching",
        "Sources/MillraceKafka/Producer/Queue",
        "Sources/Millrace/DSL",
        "Sources/Millrace/Operators",
        "Sources/Millrace/Topology",
        "Sources/Millrace/Windows",
    ]

    static let impureModules: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Musl", "Dispatch"]

    struct Ban {
        /// The start of a call or an operator; it counts where no letter, digit, `_` or `.` stands before it.
        let pattern: String
        let folders: [String]
        let instead: String
    }

    static let bans = [
        Ban(
            pattern: "fatalError(", folders: ["Sources", "Examples", "Benchmarks", "Tests"],
            instead: "throw where a caller can react, else preconditionFailure with the values in the text"),
        Ban(
            pattern: "try!", folders: ["Sources", "Examples", "Benchmarks", "Tests"],
            instead: "let the error through, or catch it where something can be done"),
        Ban(
            pattern: "as!", folders: ["Sources", "Examples", "Benchmarks", "Tests"],
            instead: "as? and say what was found instead"),
        Ban(
            pattern: "print(", folders: ["Sources"],
            instead: "return the text, or take a closure that is given it: a library does not own the terminal"),
        Ban(
            pattern: "Thread.sleep", folders: ["Sources", "Tests"],
            instead: "wait for a condition with a deadline"),
        Ban(pattern: "usleep(", folders: ["Sources", "Tests"], instead: "wait for a condition with a deadline"),
        Ban(pattern: "nanosleep(", folders: ["Sources", "Tests"], instead: "wait for a condition with a deadline"),
        Ban(pattern: "sleep(", folders: ["Tests"], instead: "wait for a condition with a deadline"),
        Ban(pattern: "Task.sleep", folders: ["Sources", "Tests"], instead: "wait for a condition with a deadline"),
    ]

    /// Words of unfinished work. They belong into an issue. (Taken apart so that this file does not hold them.)
    static let unfinishedWords = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
}
