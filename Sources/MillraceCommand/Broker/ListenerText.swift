internal import Foundation
internal import MillraceServer

/// `SASL_SSL://host:9093`, as in Kafka's `listeners`. Pure.
struct ListenerText: Hashable, Sendable {
    var security: SecurityProtocol
    /// Empty for all addresses.
    var host: String
    var port: UInt16

    /// - Parameter security: where the text names none.
    init?(_ text: String, _ security: SecurityProtocol = .plaintext) {
        var security = security
        var rest = Substring(text)
        if let mark = text.range(of: "://") {
            guard let named = SecurityProtocol(rawValue: String(text[..<mark.lowerBound]).uppercased()) else {
                return nil
            }
            security = named
            rest = text[mark.upperBound...]
        }
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
            return nil
        }
        var host = rest[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.security = security
        self.host = String(host)
        self.port = port
    }

    static func list(
        _ text: String, _ security: SecurityProtocol, _ name: String
    ) throws(BrokerSettingsError) -> [ListenerText] {
        var listeners: [ListenerText] = []
        for part in text.split(separator: ",") {
            guard let listener = ListenerText(String(part.filter { $0 != " " }), security) else {
                let known = SecurityProtocol.allCases.map(\.rawValue).joined(separator: ", ")
                throw BrokerSettingsError(
                    "\(name): '\(part)' is not [SECURITY://]HOST:PORT, with one of \(known) as SECURITY")
            }
            listeners.append(listener)
        }
        guard !listeners.isEmpty else { throw BrokerSettingsError("\(name) is empty") }
        guard Set(listeners.map(\.security)).count == listeners.count else {
            throw BrokerSettingsError("\(name): one listener for each kind of security")
        }
        return listeners
    }

    /// - Parameter advertised: what clients are told, told apart by security.
    static func configurations(
        _ listeners: [ListenerText], advertised: [ListenerText]
    ) throws(BrokerSettingsError) -> [ListenerConfiguration] {
        if let stranger = advertised.first(where: { entry in !listeners.contains { $0.security == entry.security } }) {
            throw BrokerSettingsError("advertised.listeners: there is no listener for \(stranger.security.rawValue)")
        }
        return listeners.map { listener in
            let told = advertised.first { $0.security == listener.security }
            return ListenerConfiguration(
                security: listener.security, host: listener.host, port: listener.port, advertisedHost: told?.host,
                advertisedPort: told?.port)
        }
    }
}
