internal import MillraceClient
internal import MillraceCluster

/// What a user says of the way to the brokers, under librdkafka's names, for librdkafka and for our wire client, which
/// must both come in by the same door. A plain value; pure.
struct ClusterSettings: Sendable {
    let bootstrap: [BrokerAddress]
    let security: ClientSecurity
    let records: RecordClient
    /// For our own record client; defaults where librdkafka moves the records.
    let native: NativeSettings
    /// For librdkafka.
    private let values: [(name: String, value: String)]

    /// What the port decides itself.
    static let reserved: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "group.instance.id", "isolation.level",
        "enable.auto.commit", "auto.offset.reset", "transactional.id", "transaction.timeout.ms", "enable.idempotence",
        "enable.partition.eof", "acks", "request.required.acks", "delivery.report.only.error",
    ]

    init(
        bootstrapServers: String, _ settings: [String: String], records: RecordClient = .librdkafka
    ) throws(ClusterError) {
        guard let addresses = BrokerAddress.list(bootstrapServers) else {
            throw ClusterError(
                .invalidRequest, "bootstrap servers are host:port, separated by commas, not '\(bootstrapServers)'")
        }
        if let name = settings.keys.sorted().first(where: ClusterSettings.reserved.contains) {
            throw ClusterError(.invalidRequest, "\(name) is decided by the port; leave it out")
        }
        bootstrap = addresses
        security = try ClusterSettings.security(settings)
        self.records = records
        native = try NativeSettings(records == .native ? settings : [:])
        values =
            [("bootstrap.servers", addresses.map(\.description).joined(separator: ","))]
            + settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func clientConfiguration(clientID: String) -> ClientConfiguration {
        var configuration = ClientConfiguration(bootstrap: bootstrap)
        configuration.clientID = clientID
        configuration.security = security
        return configuration
    }

    /// - Parameters:
    ///   - defaults: what the user may say otherwise.
    ///   - newer: defaults of settings that older versions of librdkafka do not know.
    ///   - fixed: what he may not.
    func kafkaSettings(
        defaults: [(name: String, value: String)], newer: [(name: String, value: String)] = [],
        fixed: [(name: String, value: String)]
    ) throws(KafkaError) -> KafkaSettings {
        var settings = KafkaSettings()
        for (name, value) in newer { settings.setIfKnown(name, value) }
        for (name, value) in defaults + values + fixed { try settings.set(name, value) }
        return settings
    }

    // MARK: Security

    private static func security(_ settings: [String: String]) throws(ClusterError) -> ClientSecurity {
        var security = ClientSecurity()
        switch settings["security.protocol"]?.lowercased() ?? "plaintext" {
        case "plaintext": break
        case "ssl": security.tls = try tls(settings)
        case "sasl_plaintext": security.sasl = try credentials(settings)
        case "sasl_ssl":
            security.tls = try tls(settings)
            security.sasl = try credentials(settings)
        case let name:
            throw ClusterError(
                .invalidRequest, "security.protocol is plaintext, ssl, sasl_plaintext or sasl_ssl, not \(name)")
        }
        return security
    }

    private static func tls(_ settings: [String: String]) throws(ClusterError) -> ClientTLS {
        for name in ["ssl.ca.pem", "ssl.certificate.pem", "ssl.key.pem", "ssl.keystore.location"]
        where settings[name] != nil {
            throw ClusterError(
                .invalidRequest, "\(name) is not supported: give PEM files in ssl.ca.location and the like")
        }
        var tls = ClientTLS()
        tls.authorities = settings["ssl.ca.location"]
        tls.certificate = settings["ssl.certificate.location"]
        tls.privateKey = settings["ssl.key.location"]
        tls.keyPassword = settings["ssl.key.password"]
        tls.verifiesHost = settings["ssl.endpoint.identification.algorithm"] != "none"
        tls.verifiesCertificate = settings["enable.ssl.certificate.verification"] != "false"
        return tls
    }

    private static func credentials(_ settings: [String: String]) throws(ClusterError) -> ClientCredentials {
        let name = settings["sasl.mechanism"] ?? settings["sasl.mechanisms"] ?? ""
        guard let mechanism = ClientCredentials.Mechanism(rawValue: name) else {
            let known = ClientCredentials.Mechanism.allCases.map(\.rawValue).joined(separator: ", ")
            throw ClusterError(.invalidRequest, "sasl.mechanism is one of \(known), not '\(name)'")
        }
        guard let user = settings["sasl.username"], let password = settings["sasl.password"] else {
            throw ClusterError(.invalidRequest, "SASL needs sasl.username and sasl.password")
        }
        return ClientCredentials(mechanism: mechanism, name: user, password: password)
    }
}
