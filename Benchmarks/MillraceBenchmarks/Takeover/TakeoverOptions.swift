/// The command line of `takeover`, and of the processes that it starts of itself.
struct TakeoverOptions {
    var keys = 1_000_000
    var runs = 3
    var sessionTimeoutSeconds = 10
    var standbys = 0
    /// Brokers to run on in place of one of our own.
    var kafka: String?
    var directory = ".build/takeover"

    static let help = """
        How long the partitions of an instance that is killed are served by nobody, over librdkafka.

          MillraceBenchmarks takeover [--keys N] [--runs N] [--session-timeout SECONDS] [--kafka HOST:PORT]
                                      [--directory DIR]

        An instance owns a store of N keys (1000000); it is killed, and another one takes over: with a standby, then
        from nothing. Topics of these brokers whose names begin with takeover- are deleted.
        """

    /// Runs what the command line asks for, if it is anything of this.
    static func run(_ arguments: ArraySlice<String>) throws -> Bool {
        var rest = arguments
        guard let command = rest.popFirst() else { return false }
        switch command {
        case "takeover":
            let options = try TakeoverOptions(rest)
            try TakeoverCase.run(options)
        case "takeover-broker":
            try TakeoverBroker.run(directory: rest.first ?? "")
        case "takeover-instance":
            let (name, servers) = (rest.popFirst() ?? "", rest.popFirst() ?? "")
            try TakeoverInstance(options: TakeoverOptions(rest), servers: servers, name: name).run()
        default: return false
        }
        return true
    }

    private init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), name != "--help", let value = rest.popFirst() else {
                throw OptionError("\(name)\n\n\(TakeoverOptions.help)")
            }
            let number = Int(value) ?? -1
            switch name {
            case "--kafka": kafka = value
            case "--directory": directory = value
            case "--keys" where number > 0: keys = number
            case "--runs" where number > 0: runs = number
            case "--session-timeout" where number > 0: sessionTimeoutSeconds = number
            case "--standbys" where number >= 0: standbys = number
            default: throw OptionError("\(name) \(value)\n\n\(TakeoverOptions.help)")
            }
        }
    }

    /// The same for a process that is one instance.
    var arguments: [String] {
        [
            "--keys", "\(keys)", "--session-timeout", "\(sessionTimeoutSeconds)", "--standbys", "\(standbys)",
            "--directory", directory,
        ]
    }
}
