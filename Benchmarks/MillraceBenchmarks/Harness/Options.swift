/// What the command line asks for.
struct Options {
    var records = 4_000_000
    var runs = 3
    /// Substrings of case names; empty means all.
    var only: [String] = []
    var directory = ".build/benchmarks"
    /// The C reference binary to run beside the cases; nil leaves it out.
    var reference: String?
    var listOnly = false

    static let help = """
        Millrace's benchmarks: whole path on the embedded broker, results per second and core.

          MillraceBenchmarks [--records N] [--runs N] [--only NAME]... [--directory DIR] [--reference PATH] [--list]

          --records N       records per run (4000000)
          --runs N          runs of each case; the median is printed with its range (3)
          --only NAME       only cases whose name contains NAME; may be given several times
          --directory DIR   where logs and stores lie; emptied before each run (.build/benchmarks)
          --reference PATH  a binary of the C reference, run first, to know what the machine can do today
          --list            the names of the cases

        Examples:
          make bench
          make bench ARGUMENTS="--only S2 --records 1000000"
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ name: String) throws -> String {
            guard let value = rest.popFirst() else { throw OptionError("\(name) needs a value") }
            return value
        }
        func number(_ name: String) throws -> Int {
            let text = try value(name)
            guard let number = Int(text), number > 0 else { throw OptionError("\(name) needs a number, not \(text)") }
            return number
        }
        while let name = rest.popFirst() {
            switch name {
            case "--records": records = try number(name)
            case "--runs": runs = try number(name)
            case "--only": only.append(try value(name))
            case "--directory": directory = try value(name)
            case "--reference": reference = try value(name)
            case "--list": listOnly = true
            case "--help", "-h": throw OptionError("")
            default: throw OptionError("unknown option \(name)")
            }
        }
    }

    func wants(_ name: String) -> Bool { only.isEmpty || only.contains { name.contains($0) } }
}

struct OptionError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
