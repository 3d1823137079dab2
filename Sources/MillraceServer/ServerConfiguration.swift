/// How a broker is served over the network. A plain value; the defaults serve this machine only, in plain text.
public struct ServerConfiguration: Sendable {
    /// Where to listen; at least one.
    public var listeners: [ListenerConfiguration] = [ListenerConfiguration()]
    /// Threads that serve connections (`num.network.threads`).
    public var networkThreadCount = 2
    /// Threads for requests that wait for the disk (`num.io.threads`).
    public var workerThreadCount = 8
    /// What clients may cost.
    public var limits = ServerLimits()
    /// Whether a topic that a client asks for is made (`auto.create.topics.enable`).
    public var createsTopicsOnDemand = true
    /// Replication factors above 1 are taken as 1, since there is one broker; else they are refused.
    public var clampsReplicationFactor = true
    /// Who may come in over listeners with SASL.
    public var users: [SASLUser] = []
    /// SASL mechanisms that are offered (`sasl.enabled.mechanisms`).
    public var mechanisms: [SASLMechanism] = SASLMechanism.allCases
    /// Certificates for listeners with TLS.
    public var tls: TLSFiles?
    /// Told in a line each: who was dropped and why, what failed. Called on the server's threads.
    public var log: @Sendable (String) -> Void = { _ in }

    /// A configuration with all defaults.
    public init() {}
}

/// One address to listen on.
public struct ListenerConfiguration: Hashable, Sendable {
    /// What it is called (`listener.name`).
    public var name: String
    /// How clients talk to it.
    public var security: SecurityProtocol
    /// A name or an address of this machine; "" for all of its addresses.
    public var host: String
    /// 0 lets the system choose; `BrokerServer.addresses` tells.
    public var port: UInt16
    /// The host that clients are told to connect to (`advertised.listeners`); nil for `host`, or for this machine's
    /// name where that stands for all addresses.
    public var advertisedHost: String?
    /// The port that clients are told; nil for the one that is listened on.
    public var advertisedPort: UInt16?

    /// A listener; on the loopback by default.
    public init(
        name: String? = nil, security: SecurityProtocol = .plaintext, host: String = "127.0.0.1", port: UInt16 = 9092,
        advertisedHost: String? = nil, advertisedPort: UInt16? = nil
    ) {
        self.name = name ?? security.rawValue
        self.security = security
        self.host = host
        self.port = port
        self.advertisedHost = advertisedHost
        self.advertisedPort = advertisedPort
    }
}

/// Kafka's names for the ways to secure a listener (`security.protocol`).
public enum SecurityProtocol: String, Hashable, Sendable, CaseIterable {
    /// Neither encrypted nor authenticated.
    case plaintext = "PLAINTEXT"
    /// TLS.
    case ssl = "SSL"
    /// Authenticated, not encrypted.
    case saslPlaintext = "SASL_PLAINTEXT"
    /// Authenticated within TLS.
    case saslSSL = "SASL_SSL"

    var usesTLS: Bool { self == .ssl || self == .saslSSL }
    var usesSASL: Bool { self == .saslPlaintext || self == .saslSSL }
}

/// Files for TLS, in PEM.
public struct TLSFiles: Hashable, Sendable {
    /// The certificate, followed by those that vouch for it.
    public var certificate: String
    /// Its private key, not encrypted.
    public var privateKey: String
    /// Certificates that may vouch for clients; nil where clients need none.
    public var clientAuthorities: String?
    /// Whether a client without a certificate is refused (`ssl.client.auth=required`).
    public var requiresClientCertificate: Bool

    /// The files of a server.
    public init(
        certificate: String, privateKey: String, clientAuthorities: String? = nil,
        requiresClientCertificate: Bool = false
    ) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.clientAuthorities = clientAuthorities
        self.requiresClientCertificate = requiresClientCertificate
    }
}

/// A way to say who one is.
public enum SASLMechanism: String, Hashable, Sendable, CaseIterable {
    /// Name and password as they are (RFC 4616); only within TLS, or on a network that is trusted.
    case plain = "PLAIN"
    /// RFC 5802 and 7677.
    case scramSHA256 = "SCRAM-SHA-256"
    /// As SCRAM-SHA-256, with the longer hash.
    case scramSHA512 = "SCRAM-SHA-512"
}

/// A name and its password.
public struct SASLUser: Hashable, Sendable {
    /// The name, which is also the principal's.
    public var name: String
    /// The password.
    public var password: String

    /// A user of this name.
    public init(name: String, password: String) {
        self.name = name
        self.password = password
    }
}
