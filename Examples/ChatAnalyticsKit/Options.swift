/// The command line of the example. Pure: reads words, gives options or a text that says what is wrong.
public struct Options: Equatable, Sendable {
    /// Nil: a synthetic log is written.
    public var logs: String?
    /// Nil: a fresh temporary directory, removed at the end.
    public var data: String?
    public var partitions: Int32 = 4
    public var threads = 2
    public var seed: UInt64 = 1
    public var lines = SyntheticLog.defaultLineCount
    /// The nick whose numbers are asked of a local store at the end; nil: the one who talked most.
    public var ask: String?

    public init() {}

    public enum Outcome: Equatable, Sendable {
        case run(Options)
        case help
        /// What is wrong with the command line.
        case mistake(String)
    }

    public static let help = """
        ChatAnalytics – who talks when, how much and with whom, from IRC logs, counted exactly once.

        Usage: ChatAnalytics [options]

          --logs DIR        folder of IRC logs, one file a day, named 2004-12-25.log
                            (without it: a seeded synthetic log of \(SyntheticLog.defaultLineCount) lines)
          --data DIR        where topics and stores are kept; a run that was killed goes on where it was
                            (without it: a temporary directory, removed at the end)
          --partitions N    partitions of the topics, 1 to 64 (4)
          --threads N       stream threads, 1 to 64 (2)
          --ask NICK        whose numbers to ask of a local store at the end (the top talker's)
          --lines N         lines of the synthetic log (\(SyntheticLog.defaultLineCount))
          --seed N          seed of the synthetic log (1)
          --help            this text

        Examples:

          ChatAnalytics                                         synthetic log, from nothing to final tables
          ChatAnalytics --logs ../shared/data/irc               the real logs
          ChatAnalytics --logs ../shared/data/irc --ask ikonia  … and what ikonia did
          ChatAnalytics --lines 1000000 --partitions 8 --threads 4 --data /tmp/chat

        It exits 0 only if what the stores hold equals a plain fold over the same input.
        """

    public static func parse(_ arguments: [String]) -> Outcome {
        var options = Options()
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" { return .help }
            guard known.contains(name) else { return .mistake("unknown option \(name)") }
            guard let value = rest.popFirst() else { return .mistake("\(name) needs a value") }
            if !options.set(name, to: value) { return .mistake("\(name) \(value): \(expectations(of: name))") }
        }
        return .run(options)
    }

    private static let known = ["--logs", "--data", "--partitions", "--threads", "--ask", "--lines", "--seed"]

    private static func expectations(of name: String) -> String {
        switch name {
        case "--partitions", "--threads": "a number from 1 to 64 is needed"
        case "--lines": "a number from 1 to 100,000,000 is needed"
        case "--seed": "a number from 0 is needed"
        default: "it must not be empty"
        }
    }

    private mutating func set(_ name: String, to value: String) -> Bool {
        switch name {
        case "--logs": logs = value
        case "--data": data = value
        case "--ask": ask = value
        case "--partitions":
            guard let number = Int32(value), (1...64).contains(number) else { return false }
            partitions = number
        case "--threads":
            guard let number = Int(value), (1...64).contains(number) else { return false }
            threads = number
        case "--lines":
            guard let number = Int(value), (1...100_000_000).contains(number) else { return false }
            lines = number
        default:
            guard let number = UInt64(value) else { return false }
            seed = number
        }
        return !value.isEmpty
    }
}
