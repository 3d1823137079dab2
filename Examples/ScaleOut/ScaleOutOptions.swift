import ChatAnalyticsKit

/// The command line of the example. Pure: reads words, gives options or a text that says what is wrong.
struct ScaleOutOptions: Equatable, Sendable {
    /// Nil: a synthetic log is written.
    var logs: String?
    var partitions: Int32 = 4
    var seconds = 30
    var lines = 60_000
    var seed: UInt64 = 1

    enum Outcome: Equatable, Sendable {
        case run(ScaleOutOptions)
        case help
        /// What is wrong with the command line.
        case mistake(String)
    }

    static let help = """
        ScaleOut – the chat analytics as three processes over one broker, of which one is killed and one is added while
        the input flows. Shows who has which tasks and how far behind the application is.

        Usage: ScaleOut [options]

          --logs DIR        folder of IRC logs, one file a day, named 2004-12-25.log
                            (without it: a seeded synthetic log)
          --seconds N       over how long the input is spread, 3 to 3600 (30)
          --partitions N    partitions of the topics, 1 to 64 (4)
          --lines N         lines of the synthetic log (60000)
          --seed N          seed of the synthetic log (1)
          --help            this text

        The broker is a process of `millrace`, which lies beside this program (swift build --product millrace). It exits
        0 only if the tables of all instances together equal a plain fold over the same input.
        """

    static func parse(_ arguments: [String]) -> Outcome {
        var options = ScaleOutOptions()
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" { return .help }
            guard let expected = expectations[name] else { return .mistake("unknown option \(name)") }
            guard let value = rest.popFirst() else { return .mistake("\(name) needs a value") }
            if !options.set(name, to: value) { return .mistake("\(name) \(value): \(expected)") }
        }
        return .run(options)
    }

    /// What the value of each option must be.
    private static let expectations = [
        "--logs": "it must not be empty", "--seconds": "a number from 3 to 3600 is needed",
        "--partitions": "a number from 1 to 64 is needed", "--lines": "a number from 100 to 100000000 is needed",
        "--seed": "a number from 0 is needed",
    ]

    private mutating func set(_ name: String, to value: String) -> Bool {
        func number<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> Number? {
            Number(value).flatMap { range.contains($0) ? $0 : nil }
        }
        func assign<Value>(_ new: Value?, _ property: inout Value) -> Bool {
            guard let new else { return false }
            property = new
            return true
        }
        switch name {
        case "--logs":
            logs = value
            return !value.isEmpty
        case "--seconds": return assign(number(3...3_600), &seconds)
        case "--partitions": return assign(number(1...64), &partitions)
        case "--lines": return assign(number(100...100_000_000), &lines)
        default: return assign(number(0...UInt64.max), &seed)
        }
    }
}
