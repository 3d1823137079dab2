import MillraceKafka

/// What the command line asks for.
struct Options {
    var records = 4_000_000
    var runs = 3
    /// Substrings of case names; empty means all.
    var only: [String] = []
    var directory = ".build/benchmarks"
    /// The C reference binary to run beside the cases; nil leaves it out.
    var reference: String?
    /// Brokers to run the stream cases on in place of the embedded one.
    var kafka: String?
    var brokerID: Int32?
    /// Who moves the records between them and us.
    var recordsClient = RecordClient.librdkafka
    /// Of the record client.
    var settings: [String: String] = [:]
    /// Whether the application's thread stays on a core.
    var usesOneCore = false
    var listOnly = false

    static let help = """
        Millrace's benchmarks: whole path on the embedded broker or over the wire, results per second and core.

          MillraceBenchmarks [--records N] [--runs N] [--only NAME]... [--directory DIR] [--reference PATH]
                             [--kafka HOST:PORT [--records-client librdkafka|native] [--broker-pid PID]
                              [--set NAME=VALUE]... [--one-core]] [--list]

          --records N       records per run (4000000)
          --runs N          runs of each case; the median is printed with its range (3)
          --only NAME       only cases whose name contains NAME; may be given several times
          --directory DIR   where logs and stores lie; emptied before each run (.build/benchmarks)
          --reference PATH  a binary of the C reference, run first, to know what the machine can do today
          --kafka HOST:PORT run the stream cases over the wire, and what the record clients can do alone; topics
                            of these brokers whose names begin with millrace-benchmark- are deleted
          --records-client  who moves the records of the stream cases: librdkafka (the default) or native, our own
          --broker-pid PID  their process, for its processor time
          --set NAME=VALUE  a setting of the record client, by librdkafka's names
          --one-core        the application's thread and those of its clients stay on one core
          --list            the names of the cases

        Examples:
          make bench
          make bench ARGUMENTS="--only S2 --records 1000000"
          make bench ARGUMENTS="--kafka localhost:9092 --only S2 --only librdkafka"
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
            case "--kafka": kafka = try value(name)
            case "--records-client":
                let name = try value(name)
                guard let client = RecordClient(rawValue: name) else {
                    throw OptionError("--records-client is librdkafka or native, not \(name)")
                }
                recordsClient = client
            case "--broker-pid": brokerID = Int32(clamping: try number(name))
            case "--set":
                let parts = try value(name).split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw OptionError("--set needs NAME=VALUE") }
                settings[parts[0]] = parts[1]
            case "--one-core": usesOneCore = true
            case "--list": listOnly = true
            case "--help", "-h": throw OptionError("")
            default: throw OptionError("unknown option \(name)")
            }
        }
    }

    /// Where the cases run, one after the other.
    var places: [Place] {
        if let kafka {
            return [
                .kafka(
                    servers: kafka, settings: settings, records: recordsClient, brokerID: brokerID,
                    usesOneCore: usesOneCore)
            ]
        }
        return [.embedded(synced: false), .embedded(synced: true)]
    }

    var wantsLatency: Bool { only.isEmpty || only.contains { $0.hasPrefix("S8") } }

    func wants(_ name: String) -> Bool { only.isEmpty || only.contains { name.contains($0) } }
}

struct OptionError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
