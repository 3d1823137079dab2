internal import MillraceBroker
internal import MillraceServer

/// Takes properties one by one, so that those nobody asked for are seen at the end. Pure.
struct PropertyValues {
    private var values: [String: String]
    private var rest: Set<String>

    init(_ properties: [(name: String, value: String)]) {
        values = Dictionary(properties.map { ($0.name, $0.value) }) { _, last in last }
        rest = Set(values.keys)
    }

    mutating func text(_ name: String) -> String? {
        rest.remove(name)
        return values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func number<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ range: ClosedRange<Number>
    ) throws(BrokerSettingsError) -> Number? {
        guard let text = text(name) else { return nil }
        let kind = ValueKind<Number>.number(range)
        guard let number = kind.parse(text) else {
            throw BrokerSettingsError("\(name) needs \(kind.expectation), not '\(text)'")
        }
        return number
    }

    mutating func milliseconds(_ name: String) throws(BrokerSettingsError) -> Duration? {
        try number(name, 0...Int64.max / 1_000).map { .milliseconds($0) }
    }

    private mutating func choice(_ name: String, _ words: [String]) throws(BrokerSettingsError) -> String? {
        guard let text = text(name) else { return nil }
        guard words.contains(text.lowercased()) else {
            throw BrokerSettingsError("\(name) is one of \(words.joined(separator: ", ")), not '\(text)'")
        }
        return text.lowercased()
    }

    mutating func requireNothingLeft() throws(BrokerSettingsError) {
        guard let name = rest.sorted().first else { return }
        let hint = Suggestion.text(for: name, among: BrokerSettings.known.map(\.name))
        throw BrokerSettingsError("unknown property '\(name)'\(hint.isEmpty ? "; 'broker --help' lists all" : hint)")
    }

    // MARK: Whole parts

    mutating func durability() throws(BrokerSettingsError) -> Durability {
        let interval = try milliseconds("durability.interval.ms")
        switch try choice("durability", ["every-commit", "interval", "system"]) {
        case "interval": return .interval(interval ?? .seconds(1))
        case "system": return .system
        default: return .everyCommit
        }
    }

    mutating func groups() throws(BrokerSettingsError) -> GroupConfiguration {
        var groups = GroupConfiguration()
        let shortest = try milliseconds("group.min.session.timeout.ms") ?? groups.sessionTimeouts.lowerBound
        let longest = try milliseconds("group.max.session.timeout.ms") ?? groups.sessionTimeouts.upperBound
        guard shortest <= longest else {
            throw BrokerSettingsError("group.min.session.timeout.ms is larger than group.max.session.timeout.ms")
        }
        groups.sessionTimeouts = shortest...longest
        groups.initialRebalanceDelay =
            try milliseconds("group.initial.rebalance.delay.ms") ?? groups.initialRebalanceDelay
        groups.membersMax = try number("group.max.size", 1...Int.max) ?? groups.membersMax
        if let minutes = try number("offsets.retention.minutes", 1...Int64.max / 60_000) {
            groups.offsetsRetention = .seconds(minutes * 60)
        }
        groups.consumer.sessionTimeout =
            try milliseconds("group.consumer.session.timeout.ms") ?? groups.consumer.sessionTimeout
        groups.consumer.heartbeatInterval =
            try milliseconds("group.consumer.heartbeat.interval.ms") ?? groups.consumer.heartbeatInterval
        groups.consumer.membersMax = try number("group.consumer.max.size", 1...Int.max) ?? groups.consumer.membersMax
        return groups
    }

    mutating func server() throws(BrokerSettingsError) -> ServerConfiguration {
        var server = ServerConfiguration()
        let known = SecurityProtocol.allCases.map { $0.rawValue.lowercased() }
        let security =
            try choice("listener.security.protocol", known).flatMap { SecurityProtocol(rawValue: $0.uppercased()) }
            ?? .plaintext
        let listeners = try ListenerText.list(text("listeners") ?? "127.0.0.1:9092", security, "listeners")
        let advertised = try text("advertised.listeners").map { (text) throws(BrokerSettingsError) in
            try ListenerText.list(text, security, "advertised.listeners")
        }
        server.listeners = try ListenerText.configurations(listeners, advertised: advertised ?? [])
        server.networkThreadCount = Int(
            try number("num.network.threads", 1...1_024) ?? Int32(server.networkThreadCount))
        server.workerThreadCount = Int(try number("num.io.threads", 1...1_024) ?? Int32(server.workerThreadCount))
        server.createsTopicsOnDemand = try choice("auto.create.topics.enable", ["true", "false"]) != "false"
        server.limits.connectionsMax = try number("max.connections", 1...1_000_000) ?? server.limits.connectionsMax
        server.limits.requestBytesMax =
            try number("socket.request.max.bytes", 1_024...Int(Int32.max)) ?? server.limits.requestBytesMax
        server.limits.idleTimeout = try milliseconds("connections.max.idle.ms") ?? server.limits.idleTimeout
        server.tls = try tls()
        server.users = try users()
        if let names = text("sasl.enabled.mechanisms") { server.mechanisms = try mechanisms(names) }
        try check(server)
        return server
    }

    private mutating func tls() throws(BrokerSettingsError) -> TLSFiles? {
        let certificate = text("ssl.certificate")
        let key = text("ssl.key")
        let authorities = text("ssl.ca")
        let requires = try choice("ssl.client.auth", ["required", "none"]) == "required"
        switch (certificate, key) {
        case (let certificate?, let key?):
            return TLSFiles(
                certificate: certificate, privateKey: key, clientAuthorities: authorities,
                requiresClientCertificate: requires)
        case (nil, nil):
            if authorities != nil || requires {
                throw BrokerSettingsError("client certificates need TLS: ssl.certificate and ssl.key")
            }
            return nil
        default: throw BrokerSettingsError("ssl.certificate and ssl.key belong together")
        }
    }

    private mutating func users() throws(BrokerSettingsError) -> [SASLUser] {
        var users: [SASLUser] = []
        for pair in (text("sasl.users") ?? "").split(separator: ",") {
            guard let colon = pair.firstIndex(of: ":"), colon != pair.startIndex else {
                throw BrokerSettingsError("sasl.users needs NAME:PASSWORD, with commas between")
            }
            users.append(
                SASLUser(name: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...])))
        }
        let prefix = "sasl.user."
        let names = values.keys.filter { $0.hasPrefix(prefix) && $0.count > prefix.count }.sorted()
        return users + names.map { SASLUser(name: String($0.dropFirst(prefix.count)), password: text($0) ?? "") }
    }

    private func mechanisms(_ names: String) throws(BrokerSettingsError) -> [SASLMechanism] {
        var mechanisms: [SASLMechanism] = []
        for name in names.split(separator: ",") {
            guard let mechanism = SASLMechanism(rawValue: name.filter { $0 != " " }.uppercased()) else {
                let known = SASLMechanism.allCases.map(\.rawValue).joined(separator: ", ")
                throw BrokerSettingsError("sasl.enabled.mechanisms are of \(known), not '\(name)'")
            }
            mechanisms.append(mechanism)
        }
        return mechanisms
    }

    /// What only fails once a client comes is told at once.
    private func check(_ server: ServerConfiguration) throws(BrokerSettingsError) {
        for listener in server.listeners {
            let name = listener.security.rawValue
            if name.hasSuffix("SSL") && server.tls == nil {
                throw BrokerSettingsError("\(name) needs a certificate: ssl.certificate and ssl.key")
            }
            if name.hasPrefix("SASL") && server.users.isEmpty {
                throw BrokerSettingsError("\(name) needs users: sasl.users=NAME:PASSWORD")
            }
        }
    }
}
