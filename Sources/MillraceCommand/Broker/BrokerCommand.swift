internal import Foundation
internal import Glibc
internal import MillraceBroker
internal import MillraceCore
internal import MillraceServer

/// `broker`: runs a broker until it is told to end. Does I/O when run.
struct BrokerCommand: Command {
    private static let config = Option("config", "FILE", .file, "A file of properties; flags go before it.")
    private static let dataDirectory = Option(
        "data", short: "d", "DIRECTORY", .directory, "Folder of all data; made where it is missing.")
    private static let listener = Option(
        "listen", short: "l", "[SECURITY://]HOST:PORT", .text, isRepeated: true,
        """
        Where to listen; SECURITY is PLAINTEXT (left out), SSL, SASL_PLAINTEXT or SASL_SSL; port 0 lets the system \
        choose. Left out, 127.0.0.1:9092: this machine only.
        """)
    private static let advertised = Option(
        "advertise", "[SECURITY://]HOST:PORT", .text, isRepeated: true,
        "What clients are told to connect to instead.")
    private static let durability = Option(
        "durability", "WHEN", .choice("every-commit", "interval", "system"),
        "When data is forced to the disk; see below.")
    private static let syncInterval = Option(
        "sync-interval", "TIME", .duration, "How often, with --durability interval; left out, every second.")
    private static let autoCreate = Option(
        "auto-create", "WHETHER", .choice("true", "false"), "Whether a topic that a client asks for is made.")
    private static let partitions = Option(
        "partitions", short: "p", "N", ValueKind<Int32>.number(1...100_000),
        "Partitions of a topic that is made without saying how many.")
    private static let user = Option(
        "user", "NAME=PASSWORD", .property, isRepeated: true,
        "Who may come in over SASL listeners. Others on this machine can see it; sasl.user.NAME in a file is safer.")
    private static let certificate = Option(
        "tls-certificate", "FILE", .file, "PEM file with the server's certificate chain.")
    private static let key = Option("tls-key", "FILE", .file, "PEM file with its private key.")
    private static let clientCA = Option(
        "tls-client-ca", "FILE", .file, "PEM file with certificates that may vouch for clients; they must show one.")
    private static let set = Option(
        "set", "NAME=VALUE", .property, isRepeated: true, "Any property, see below; goes before all else.")

    private static let exitWithParent = Flag(
        "exit-with-parent",
        """
        End in order once standard input is at its end. For a program that starts a broker with a pipe there: the \
        broker does not outlive it, however it ends.
        """)

    static let declaration = CommandDeclaration(
        "broker", "Run a broker",
        discussion: """
            Prints "ready SECURITY://HOST:PORT" for each listener once clients can come. Ends in order at SIGTERM or \
            SIGINT; at a second one at once, which loses nothing but time at the next start.
            """,
        parameters: [
            config, dataDirectory, listener, advertised, durability, syncInterval, autoCreate, partitions, user,
            certificate, key, clientCA, set, exitWithParent,
        ],
        sections: [
            .init(
                "What each durability survives",
                rows: [
                    (
                        "every-commit",
                        """
                        (The default.) Everything that was acknowledged with acks=all or committed survives a killed \
                        process, a crashed system and a power loss.
                        """
                    ),
                    (
                        "interval",
                        """
                        A killed process loses nothing. A crashed system or a power loss takes back what came after \
                        the last sync, and may tear the transactions of that time.
                        """
                    ),
                    ("system", "As interval, with syncs left to the system: up to about 30 seconds."),
                ]),
            .init("Properties (--config, --set)", rows: BrokerSettings.known.map { ($0.name, $0.meaning) }),
        ],
        examples: [
            .init("On this machine, port 9092", "millrace broker --data /var/lib/millrace"),
            .init(
                "For a network, with passwords inside TLS",
                """
                millrace broker --config broker.properties --listen SASL_SSL://:9093 --tls-certificate server.pem \
                --tls-key server.key
                """),
            .init(
                "For tests: any port, fast, topics are made as they are asked for",
                "millrace broker -d /tmp/broker -l 127.0.0.1:0 --durability system --auto-create true"),
        ])

    let configFile: String?
    let endsWithInput: Bool
    /// Those of the flags, in the order in which they go before each other.
    let properties: [(name: String, value: String)]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        configFile = try arguments.ifGiven(Self.config)
        endsWithInput = arguments.isSet(Self.exitWithParent)
        var properties: [(name: String, value: String)] = []
        func add(_ name: String, _ value: String?) { if let value { properties.append((name, value)) } }
        add("log.dirs", try arguments.ifGiven(Self.dataDirectory))
        let listeners = try arguments.all(Self.listener)
        add("listeners", listeners.isEmpty ? nil : listeners.joined(separator: ","))
        let advertised = try arguments.all(Self.advertised)
        add("advertised.listeners", advertised.isEmpty ? nil : advertised.joined(separator: ","))
        add("durability", try arguments.ifGiven(Self.durability))
        add("durability.interval.ms", try arguments.ifGiven(Self.syncInterval).map { "\($0.wholeMilliseconds)" })
        add("auto.create.topics.enable", try arguments.ifGiven(Self.autoCreate))
        add("num.partitions", try arguments.ifGiven(Self.partitions).map { "\($0)" })
        for user in try arguments.all(Self.user) { add("sasl.user.\(user.name)", user.value) }
        add("ssl.certificate", try arguments.ifGiven(Self.certificate))
        add("ssl.key", try arguments.ifGiven(Self.key))
        if let file = try arguments.ifGiven(Self.clientCA) {
            add("ssl.ca", file)
            add("ssl.client.auth", "required")
        }
        for property in try arguments.all(Self.set) { add(property.name, property.value) }
        if configFile == nil {
            do {
                _ = try BrokerSettings(properties)
            } catch {
                throw arguments.error("\(error)")
            }
        }
        self.properties = properties
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let settings = try settings()
        // Before any thread starts, so that all of them leave the signals to this one.
        Interruption.block()
        if endsWithInput { ParentPipe.whenClosed { kill(getpid(), SIGTERM) } }
        let broker: Broker
        do {
            broker = try Broker(
                settings.broker, disk: FileSystemDisk(), clock: SystemClock(), entropy: SystemEntropy())
        } catch {
            throw CommandFailure("the data directory cannot be opened: \(error.message)")
        }
        var configuration = settings.server
        let console = context.console
        configuration.log = { console.note($0) }
        let server = BrokerServer(broker, configuration: configuration)
        do {
            try server.start()
        } catch {
            try broker.close()
            throw error
        }
        for address in server.addresses {
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            console.write("ready \(address.listener)://\(host):\(address.port)\n")
        }
        let signal = Interruption.wait()
        Interruption.unblock()
        console.note("signal \(signal): shutting down")
        server.stop()
        try broker.close()
        return .success
    }

    private func settings() throws(CommandFailure) -> BrokerSettings {
        var all: [(name: String, value: String)] = []
        if let configFile {
            guard let text = try? String(contentsOfFile: configFile, encoding: .utf8) else {
                throw CommandFailure("cannot read \(configFile)", exitCode: .usage)
            }
            all = Properties.parse(text)
        }
        do {
            return try BrokerSettings(all + properties)
        } catch {
            throw CommandFailure("\(configFile.map { "\($0): " } ?? "")\(error)", exitCode: .usage)
        }
    }
}
