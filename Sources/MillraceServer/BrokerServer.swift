public import MillraceBroker
internal import MillraceCore
internal import MillraceNetwork
internal import Synchronization

/// Serves a broker to Kafka's clients over TCP. Any thread starts and stops it; it has threads of its own.
///
///     let server = BrokerServer(broker, configuration: ServerConfiguration())
///     try server.start()
///     …
///     server.stop()
///     try broker.close()
public final class BrokerServer: Sendable {
    /// Where one of the listeners can be reached.
    public struct Address: Hashable, Sendable {
        /// The name of the listener.
        public let listener: String
        /// The address in numbers.
        public let host: String
        /// The port, also where the system has chosen it.
        public let port: UInt16
    }

    private struct Running: Sendable {
        var mailboxes: [LoopMailbox]
        var threads: [SystemThread]
        var workers: WorkerPool
        var admission: ServerAdmission
        var addresses: [Address]
    }

    private let broker: Broker
    private let configuration: ServerConfiguration
    private let running = Monitor<Running?>(nil)

    /// A server that does not listen yet. The broker stays its owner's, who closes it after the server.
    public init(_ broker: Broker, configuration: ServerConfiguration) {
        self.broker = broker
        self.configuration = configuration
    }

    deinit { stop(grace: .zero) }

    /// Where it listens, in the order of the configuration; empty where it does not.
    public var addresses: [Address] { running.withLock { $0?.addresses ?? [] } }

    /// How many clients are connected.
    public var connectionCount: Int { running.withLock { $0?.admission.connectionCount ?? 0 } }

    /// Opens the listeners and begins to serve.
    ///
    /// - Throws: `ServerError` where an address cannot be listened on, a certificate cannot be read, or the
    ///   configuration contradicts itself.
    public func start() throws(ServerError) {
        try configuration.check()
        do {
            try running.withLock { running in
                guard running == nil else { throw ServerError("the server runs already") }
                running = try open()
            }
        } catch let error as ServerError {
            throw error
        } catch {
            throw ServerError("\(error)")
        }
    }

    private func open() throws -> Running {
        OpenFileLimit.raise()
        let listeners = try configuration.listeners.map { try Listener($0) }
        let addresses = try listeners.map { listener in
            let address = try listener.socket.localAddress()
            return Address(listener: listener.configuration.name, host: address.host, port: address.port)
        }
        let tls = try configuration.tls.map { files in
            try TLSContext.server(
                certificate: files.certificate, privateKey: files.privateKey,
                clientAuthorities: files.clientAuthorities,
                requiresClientCertificate: files.requiresClientCertificate)
        }
        let mailboxes = try (0..<configuration.networkThreadCount).map { _ in try LoopMailbox() }
        let workers = WorkerPool(threadCount: configuration.workerThreadCount)
        let environment = ServerEnvironment(
            broker: broker, configuration: configuration,
            endpoints: AdvertisedEndpoint.all(configuration.listeners, addresses), workers: workers)
        let admission = ServerAdmission(configuration.limits)
        let shared = ServerLoop.Shared(
            environment: environment, table: .all(environment), admission: admission, workers: workers,
            credentials: SASLCredentials(configuration.users), tls: tls, connectionNumbers: ConnectionNumbers(),
            mailboxes: mailboxes)
        let threads = mailboxes.enumerated().map { index, mailbox in
            SystemThread.start(name: "server-net-\(index)", isUrgent: true) {
                do {
                    try ServerLoop(shared, mailbox: mailbox, listeners: index == 0 ? listeners : []).run()
                } catch {
                    shared.environment.configuration.log("a network thread cannot start: \(error)")
                }
            }
        }
        return Running(
            mailboxes: mailboxes, threads: threads, workers: workers, admission: admission, addresses: addresses)
    }

    /// Accepts no more, answers what has begun, and closes all connections; after `grace` also those that have still to
    /// read their answers. Returns when all threads have ended.
    public func stop(grace: Duration = .seconds(5)) {
        let stopped = running.withLock { running -> Running? in
            defer { running = nil }
            return running
        }
        guard let stopped else { return }
        for mailbox in stopped.mailboxes { mailbox.post(.drain) }
        let end = SystemClock().monotonicNanoseconds() + grace.wholeNanoseconds
        for thread in stopped.threads {
            let now = SystemClock().monotonicNanoseconds()
            _ = thread.join(timeout: .nanoseconds(end > now ? Int64(end - now) : 0))
        }
        for mailbox in stopped.mailboxes { mailbox.post(.stop) }
        for thread in stopped.threads { thread.join() }
        stopped.workers.stop()
    }
}

/// Why a server cannot start.
public struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In words, for people.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ServerConfiguration {
    /// Refuses what contradicts itself.
    func check() throws(ServerError) {
        guard !listeners.isEmpty else { throw ServerError("a server needs a listener") }
        guard Set(listeners.map(\.name)).count == listeners.count else {
            throw ServerError("two listeners have the same name")
        }
        guard networkThreadCount > 0, workerThreadCount > 0 else {
            throw ServerError("a server needs network threads and worker threads")
        }
        for listener in listeners {
            if listener.security.usesTLS, tls == nil {
                throw ServerError("the listener \(listener.name) needs a certificate")
            }
            if listener.security.usesSASL, users.isEmpty || mechanisms.isEmpty {
                throw ServerError("the listener \(listener.name) lets nobody in: there are no users or no mechanisms")
            }
        }
    }
}

extension AdvertisedEndpoint {
    /// What the clients of each listener are told, by its name.
    static func all(
        _ listeners: [ListenerConfiguration], _ addresses: [BrokerServer.Address]
    ) -> [String: AdvertisedEndpoint] {
        var endpoints: [String: AdvertisedEndpoint] = [:]
        for (listener, address) in zip(listeners, addresses) {
            let isEverywhere = ["", "0.0.0.0", "::"].contains(listener.host)
            let host = listener.advertisedHost ?? (isEverywhere ? HostName.own : listener.host)
            endpoints[listener.name] = AdvertisedEndpoint(
                host: host, port: Int32(listener.advertisedPort ?? address.port))
        }
        return endpoints
    }
}
