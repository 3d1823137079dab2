internal import Foundation
internal import MillraceClient
internal import MillraceKafka

extension ValueKind where Value == [BrokerAddress] {
    static let brokers = ValueKind("host:port, or several of them with commas between") { BrokerAddress.list($0) }
}

/// How the commands that talk to brokers find them: the same options for all. A plain value; `client` and `settings`
/// read the configuration file.
struct ConnectionOptions: Sendable {
    static let bootstrapServer = Option(
        "bootstrap-server", short: "b", "HOST:PORT", .brokers,
        """
        Brokers to ask first; with commas between. Left out, what the variable MILLRACE_BOOTSTRAP_SERVER says, else \
        127.0.0.1:9092.
        """)
    static let commandConfig = Option(
        "command-config", "FILE", .file,
        "Properties of the client, as Kafka's tools take them: security.protocol, sasl.*, ssl.*.")
    static let timeout = Option(
        "timeout", "TIME", .duration, presence: .defaults(to: "30s"), "Longest time to wait for brokers.")
    static let json = Flag("json", "Print JSON, for machines.")

    /// To be appended to a command's own.
    static let parameters: [any Parameter] = [bootstrapServer, commandConfig, timeout, json]

    /// Nil where the command line names none.
    var bootstrap: [BrokerAddress]?
    var configFile: String?
    var timeout: Duration
    var isJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        bootstrap = try arguments.ifGiven(Self.bootstrapServer)
        configFile = try arguments.ifGiven(Self.commandConfig)
        timeout = try arguments.value(Self.timeout)
        guard timeout > .zero else { throw arguments.error("--timeout needs more than 0") }
        isJSON = arguments.isSet(Self.json)
    }

    /// Brokers to ask first.
    func servers() throws(CommandFailure) -> [BrokerAddress] {
        if let bootstrap { return bootstrap }
        guard let text = ProcessInfo.processInfo.environment["MILLRACE_BOOTSTRAP_SERVER"], !text.isEmpty else {
            return [BrokerAddress(host: "127.0.0.1")]
        }
        guard let addresses = BrokerAddress.list(text) else {
            throw CommandFailure("MILLRACE_BOOTSTRAP_SERVER needs host:port, not '\(text)'", exitCode: .usage)
        }
        return addresses
    }

    func properties() throws -> ClientProperties {
        guard let configFile else { return ClientProperties() }
        do {
            let text = try String(contentsOfFile: configFile, encoding: .utf8)
            return try ClientProperties(Properties.parse(text))
        } catch let error as ClientPropertiesError {
            throw CommandFailure("\(configFile): \(error)", exitCode: .usage)
        } catch {
            throw CommandFailure("cannot read \(configFile): \(error.localizedDescription)", exitCode: .usage)
        }
    }

    /// For administration.
    func client() throws -> ClusterClient {
        var configuration = ClientConfiguration(bootstrap: try servers())
        configuration.timeout = timeout
        configuration.security = try properties().security
        return ClusterClient(configuration)
    }

    /// For records, which go through librdkafka; `settings` override what the file says.
    func settings(_ settings: [(name: String, value: String)]) throws -> KafkaSettings {
        var made = KafkaSettings()
        let servers = try servers().map { "\($0)" }.joined(separator: ",")
        let all =
            [("bootstrap.servers", servers), ("client.id", "millrace")] + (try properties().kafkaSettings) + settings
        for (name, value) in all {
            do { try made.set(name, value) } catch { throw CommandFailure("\(error.message)", exitCode: .usage) }
        }
        return made
    }
}
