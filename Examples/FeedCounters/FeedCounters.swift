import Foundation

/// The example as a program: reads the command line, gives an exit code.
@main
enum FeedCounters {
    static let help = """
        Counts a made-up feed: likes of posts, engagement of authors, the ten best posts of each hour.

          FeedCounters [--events <number>] [--seed <number>] [--data <folder>]

          --events <number>   how many posts, likes and follows (200000)
          --seed <number>     another number, another feed (1)
          --data <folder>     keeps topics and stores there; default: a temporary folder, removed at the end

        It exits with 0 if the streams' counters equal those of a plain fold. Examples:

          swift run -c release FeedCounters
          swift run -c release FeedCounters --events 1000000 --seed 7
        """

    static func main() {
        do {
            guard let options = try Options(CommandLine.arguments.dropFirst()) else { return print(help) }
            let temporary = FileManager.default.temporaryDirectory.path + "/feed-counters-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: temporary) }
            let demo = FeedDemo(
                eventCount: options.events, seed: options.seed, directory: options.data ?? temporary)
            if try demo.run() { return }
        } catch {
            FileHandle.standardError.write(Data("FeedCounters: \(error)\n".utf8))
        }
        exit(1)
    }
}

/// What the command line says.
struct Options {
    var events = 200_000
    var seed: UInt64 = 1
    var data: String?

    /// Nil where help is wanted.
    init?(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)[...]
        while let option = rest.popFirst() {
            if ["--help", "-h"].contains(option) { return nil }
            guard let value = rest.popFirst() else { throw FeedError("\(option) needs a value; see --help") }
            switch option {
            case "--events": events = try Options.number(value, of: option)
            case "--seed": seed = try Options.number(value, of: option)
            case "--data": data = value
            default: throw FeedError("there is no option \(option); see --help")
            }
        }
    }

    private static func number<Number: FixedWidthInteger>(_ text: String, of option: String) throws -> Number {
        guard let number = Number(text), number >= 0 else { throw FeedError("\(option) \(text) is no number") }
        return number
    }
}
