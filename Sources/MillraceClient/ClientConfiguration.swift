/// How a client comes to its brokers. A plain value.
package struct ClientConfiguration: Sendable {
    /// Brokers to ask first (`bootstrap.servers`).
    package var bootstrap: [BrokerAddress]
    /// What the client calls itself.
    package var clientID = "millrace"
    package var security = ClientSecurity()
    /// Most time that a call may take, retries included.
    package var timeout: Duration = .seconds(30)
    /// Most time for connecting to one address.
    package var connectTimeout: Duration = .seconds(10)
    package var retry = RetryPolicy()

    package init(bootstrap: [BrokerAddress]) { self.bootstrap = bootstrap }
}

/// How connections are secured, and who the client is. A plain value.
package struct ClientSecurity: Hashable, Sendable {
    /// Nil for plain text.
    package var tls: ClientTLS?
    /// Nil for no SASL.
    package var sasl: ClientCredentials?

    package init(tls: ClientTLS? = nil, sasl: ClientCredentials? = nil) {
        self.tls = tls
        self.sasl = sasl
    }
}

/// TLS of a client; files are PEM.
package struct ClientTLS: Hashable, Sendable {
    /// Certificates that vouch for brokers; nil for those of the system.
    package var authorities: String?
    /// The client's own certificate and key.
    package var certificate: String?
    package var privateKey: String?
    package var keyPassword: String?
    /// Whether the certificate must be for the host that was asked for.
    package var verifiesHost = true
    /// Whether the certificate must be vouched for at all.
    package var verifiesCertificate = true

    package init() {}
}

/// A name, a password, and how they are told.
package struct ClientCredentials: Hashable, Sendable {
    package enum Mechanism: String, Hashable, Sendable, CaseIterable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }
    package var mechanism: Mechanism
    package var name: String
    package var password: String

    package init(mechanism: Mechanism, name: String, password: String) {
        self.mechanism = mechanism
        self.name = name
        self.password = password
    }
}

/// How long to wait before the same is tried again: twice as long each time, less up to a fifth by chance. Pure.
package struct RetryPolicy: Hashable, Sendable {
    package var first: Duration = .milliseconds(50)
    package var longest: Duration = .seconds(1)

    package init() {}

    /// - Parameters:
    ///   - attempt: how often it was tried, from 1.
    ///   - random: 64 random bits.
    package func delay(afterAttempt attempt: Int, random: UInt64) -> Duration {
        let doubled = first * (1 << min(max(attempt - 1, 0), 16))
        let whole = min(doubled, longest)
        return whole - whole * Int(random % 1_000) / 5_000
    }
}
