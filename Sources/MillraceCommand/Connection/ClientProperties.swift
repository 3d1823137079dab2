internal import MillraceClient

/// What a file for `--command-config` says: how to connect, as Kafka's tools take it, and settings that are passed on
/// to librdkafka. Pure.
struct ClientProperties: Sendable {
    var security = ClientSecurity()
    /// For librdkafka, under its names: security, and whatever else the file holds.
    var kafkaSettings: [(name: String, value: String)] = []

    init() {}

    /// - Throws: `ClientPropertiesError` that names the property and what it may be.
    init(_ properties: [(name: String, value: String)]) throws(ClientPropertiesError) {
        let values = Dictionary(properties.map { ($0.name, $0.value) }) { _, last in last }
        let protocolName = values["security.protocol"]?.uppercased() ?? "PLAINTEXT"
        guard ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(protocolName) else {
            throw ClientPropertiesError(
                "security.protocol is one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not '\(protocolName)'")
        }
        if protocolName.hasSuffix("SSL") { security.tls = try Self.tls(values) }
        if protocolName.hasPrefix("SASL") { security.sasl = try Self.credentials(values) }
        kafkaSettings = Self.settings(security, protocolName)
        for property in properties where !Self.isOfSecurity(property.name) {
            kafkaSettings.append(property)
        }
    }

    // MARK: TLS

    private static func tls(_ values: [String: String]) throws(ClientPropertiesError) -> ClientTLS {
        var tls = ClientTLS()
        tls.authorities = values["ssl.ca.location"]
        if let store = values["ssl.truststore.location"] {
            try requirePEM("ssl.truststore", values)
            tls.authorities = store
        }
        tls.certificate = values["ssl.certificate.location"]
        tls.privateKey = values["ssl.key.location"] ?? tls.certificate
        if let store = values["ssl.keystore.location"] {
            try requirePEM("ssl.keystore", values)
            // Kafka keeps both in one PEM file.
            tls.certificate = store
            tls.privateKey = store
        }
        tls.keyPassword = values["ssl.key.password"]
        tls.verifiesHost = values["ssl.endpoint.identification.algorithm"].map { $0 == "https" } ?? true
        tls.verifiesCertificate = values["enable.ssl.certificate.verification"] != "false"
        return tls
    }

    private static func requirePEM(_ prefix: String, _ values: [String: String]) throws(ClientPropertiesError) {
        let location = values["\(prefix).location"] ?? ""
        let isPEM = values["\(prefix).type"]?.uppercased() == "PEM" || location.hasSuffix(".pem")
        if !isPEM {
            throw ClientPropertiesError(
                """
                \(prefix).location: only PEM files are read, not Java's key stores. Export it: keytool \
                -exportcert -rfc -keystore \(location) -file ca.pem, and set \(prefix).type=PEM
                """)
        }
    }

    // MARK: SASL

    private static func credentials(
        _ values: [String: String]
    ) throws(ClientPropertiesError) -> ClientCredentials {
        let name = values["sasl.mechanism"] ?? values["sasl.mechanisms"] ?? ""
        guard let mechanism = ClientCredentials.Mechanism(rawValue: name.uppercased()) else {
            let known = ClientCredentials.Mechanism.allCases.map(\.rawValue).joined(separator: ", ")
            throw ClientPropertiesError("sasl.mechanism is one of \(known), not '\(name)'")
        }
        let options = values["sasl.jaas.config"].map(jaasOptions) ?? [:]
        guard let user = values["sasl.username"] ?? options["username"],
            let password = values["sasl.password"] ?? options["password"]
        else {
            throw ClientPropertiesError(
                """
                SASL needs a name and a password: sasl.jaas.config=… required username="NAME" password="SECRET"; \
                (or sasl.username and sasl.password)
                """)
        }
        return ClientCredentials(mechanism: mechanism, name: user, password: password)
    }

    /// `org….ScramLoginModule required username="u" password="p";`
    static func jaasOptions(_ text: String) -> [String: String] {
        var options: [String: String] = [:]
        var rest = Substring(text)
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
            rest = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
            if let quote = rest.first, quote == "\"" || quote == "'" {
                var value = ""
                rest.removeFirst()
                while let character = rest.popFirst(), character != quote {
                    value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
                }
                options[name] = value
            } else {
                let value = rest.prefix { !$0.isWhitespace && $0 != ";" }
                options[name] = String(value)
                rest = rest.dropFirst(value.count)
            }
        }
        return options
    }

    // MARK: librdkafka

    private static func isOfSecurity(_ name: String) -> Bool {
        name.hasPrefix("ssl.") || name.hasPrefix("sasl.") || name == "security.protocol"
            || name == "enable.ssl.certificate.verification" || name == "bootstrap.servers"
    }

    private static func settings(
        _ security: ClientSecurity, _ protocolName: String
    ) -> [(name: String, value: String)] {
        var settings = [("security.protocol", protocolName)]
        if let tls = security.tls {
            if let file = tls.authorities { settings.append(("ssl.ca.location", file)) }
            if let file = tls.certificate { settings.append(("ssl.certificate.location", file)) }
            if let file = tls.privateKey { settings.append(("ssl.key.location", file)) }
            if let password = tls.keyPassword { settings.append(("ssl.key.password", password)) }
            settings.append(("ssl.endpoint.identification.algorithm", tls.verifiesHost ? "https" : "none"))
            settings.append(("enable.ssl.certificate.verification", tls.verifiesCertificate ? "true" : "false"))
        }
        if let sasl = security.sasl {
            settings.append(("sasl.mechanism", sasl.mechanism.rawValue))
            settings.append(("sasl.username", sasl.name))
            settings.append(("sasl.password", sasl.password))
        }
        return settings.map { (name: $0.0, value: $0.1) }
    }
}

/// What is wrong in a file for `--command-config`.
struct ClientPropertiesError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
