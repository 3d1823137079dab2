package import MillraceCore
package import MillraceProtocol

/// A client of a Kafka cluster for administration: finds brokers, coordinators and leaders, keeps a connection to
/// each, tries again what may go better, until the configured time is over. Blocks the calling thread; used by one.
///
///     let client = ClusterClient(ClientConfiguration(bootstrap: [BrokerAddress(host: "127.0.0.1")]))
///     let topics = try client.topics()
package final class ClusterClient {
    /// Whom a request is for.
    package enum Destination: Hashable, Sendable {
        case anyBroker
        case controller
        case broker(Int32)
        case groupCoordinator(String)
        case transactionCoordinator(String)
    }

    package let configuration: ClientConfiguration
    private let entropy: any Entropy
    private var connections: [BrokerAddress: ClientConnection] = [:]
    private var brokers: [Int32: BrokerAddress] = [:]
    private var controller: Int32?
    private var coordinators: [Destination: BrokerAddress] = [:]
    private let pause = Monitor(false)

    package init(_ configuration: ClientConfiguration, entropy: any Entropy = SystemEntropy()) {
        self.configuration = configuration
        self.entropy = entropy
    }

    /// Asks, and asks again as long as that may help.
    ///
    /// - Parameters:
    ///   - newest: no version above this.
    ///   - timeout: most time that it may take, retries included; nil for the configured one.
    ///   - check: throws `ClientError.refused` for an error inside the answer; retriable ones are tried again.
    package func ask<Request: WireRequest>(
        _ request: Request, of destination: Destination = .anyBroker, newest: Int16? = nil, timeout: Duration? = nil,
        check: (Request.Response) throws(ClientError) -> Void = { (_) throws(ClientError) in }
    ) throws(ClientError) -> Request.Response {
        let deadline = ContinuousClock.now + (timeout ?? configuration.timeout)
        return try retrying(until: deadline) { () throws(ClientError) in
            let connection = try self.connection(for: destination, until: deadline)
            do throws(ClientError) {
                let answer = try connection.call(request, newest: newest, until: deadline)
                try check(answer)
                return answer
            } catch {
                forget(destination, connection, after: error)
                throw error
            }
        }
    }

    /// Repeats `body` while its error is one that may pass.
    package func retrying<Result>(
        until deadline: ContinuousClock.Instant, _ body: () throws(ClientError) -> Result
    ) throws(ClientError) -> Result {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try body()
            } catch {
                let delay = configuration.retry.delay(afterAttempt: attempt, random: entropy.next())
                guard error.isRetriable, ContinuousClock.now + delay < deadline else { throw error }
                _ = pause.wait(timeout: delay) { $0 }
            }
        }
    }

    /// The version in which a broker would be asked.
    package func version<Request: WireRequest>(
        of type: Request.Type, at destination: Destination = .anyBroker
    ) throws(ClientError) -> Int16 {
        let deadline = ContinuousClock.now + configuration.timeout
        return try connection(for: destination, until: deadline).version(of: type)
    }

    /// What a broker tells of features: the finalized level of each (KIP-584).
    package func features(
        at destination: Destination, timeout: Duration
    ) throws(ClientError) -> [String: Int16] {
        let deadline = ContinuousClock.now + timeout
        return try retrying(until: deadline) { () throws(ClientError) in
            try self.connection(for: destination, until: deadline).features
        }
    }

    /// Brokers by number, as last told.
    package func knownBrokers() throws(ClientError) -> [Int32: BrokerAddress] {
        if brokers.isEmpty { try refreshBrokers(until: .now + configuration.timeout) }
        return brokers
    }

    // MARK: Connections

    /// Ends all connections; the next request makes new ones.
    package func disconnect() {
        connections = [:]
    }

    private func connection(
        for destination: Destination, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> ClientConnection {
        switch destination {
        case .anyBroker: return try anyConnection(until: deadline)
        case .broker(let id): return try connection(toBroker: id, until: deadline)
        case .controller:
            if controller == nil { try refreshBrokers(until: deadline) }
            // A cluster may hide its controller (KRaft): any broker passes the request on then.
            guard let controller, brokers[controller] != nil else { return try anyConnection(until: deadline) }
            return try connection(toBroker: controller, until: deadline)
        case .groupCoordinator(let id): return try coordinator(destination, key: id, type: 0, until: deadline)
        case .transactionCoordinator(let id): return try coordinator(destination, key: id, type: 1, until: deadline)
        }
    }

    private func anyConnection(until deadline: ContinuousClock.Instant) throws(ClientError) -> ClientConnection {
        var failures: [String] = []
        for address in configuration.bootstrap + brokers.sorted(by: { $0.key < $1.key }).map(\.value) {
            if let connection = connections[address] { return connection }
            do {
                return try connect(to: address, until: deadline)
            } catch .unreachable(let address, let reason) {
                failures.append("\(address): \(reason)")
            } catch {
                throw error
            }
        }
        throw .unreachable(
            "any broker", reason: failures.joined(separator: "; "))
    }

    private func connect(
        to address: BrokerAddress, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> ClientConnection {
        if let connection = connections[address] { return connection }
        let connection = try ClientConnection(address, configuration, until: deadline)
        connections[address] = connection
        return connection
    }

    private func connection(
        toBroker id: Int32, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> ClientConnection {
        if brokers[id] == nil { try refreshBrokers(until: deadline) }
        guard let address = brokers[id] else {
            throw .unreachable("broker \(id)", reason: "the cluster does not name it")
        }
        return try connect(to: address, until: deadline)
    }

    private func refreshBrokers(until deadline: ContinuousClock.Instant) throws(ClientError) {
        var request = MetadataRequest()
        request.topics = []
        request.allowAutoTopicCreation = false
        remember(try anyConnection(until: deadline).call(request, until: deadline))
    }

    /// Keeps what an answer tells of brokers.
    func remember(_ answer: MetadataResponse) {
        brokers = [:]
        for broker in answer.brokers {
            guard let port = UInt16(exactly: broker.port) else { continue }
            brokers[broker.nodeID] = BrokerAddress(host: broker.host, port: port)
        }
        controller = answer.controllerID >= 0 ? answer.controllerID : nil
    }

    private func coordinator(
        _ destination: Destination, key: String, type: Int8, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> ClientConnection {
        if let address = coordinators[destination] {
            do {
                return try connect(to: address, until: deadline)
            } catch {
                // Another broker may have taken over from one that is gone.
                coordinators[destination] = nil
                throw error
            }
        }
        let address = try findCoordinator(key, type: type, until: deadline)
        coordinators[destination] = address
        return try connect(to: address, until: deadline)
    }

    private func findCoordinator(
        _ key: String, type: Int8, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> BrokerAddress {
        let connection = try anyConnection(until: deadline)
        var request = FindCoordinatorRequest()
        request.keyType = type
        // Since version 4 several can be asked for at once.
        if try connection.version(of: FindCoordinatorRequest.self) >= 4 {
            request.coordinatorKeys = [key]
        } else {
            request.key = key
        }
        let answer = try connection.call(request, until: deadline)
        var found = FindCoordinatorResponse.Coordinator()
        found.error = answer.error
        found.host = answer.host
        found.port = answer.port
        found.errorMessage = answer.errorMessage
        found = answer.coordinators.first ?? found
        guard found.error == .none else {
            throw .refused(found.error, subject: "coordinator of '\(key)'", message: found.errorMessage)
        }
        guard let port = UInt16(exactly: found.port) else { throw .badAnswer("port \(found.port)") }
        return BrokerAddress(host: found.host, port: port)
    }

    /// Drops what an error has shown to be old.
    private func forget(_ destination: Destination, _ connection: ClientConnection, after error: ClientError) {
        switch error {
        case .refused(let code, _, _):
            if code.isOfMovedCoordinator { coordinators[destination] = nil }
            if code == .notController || code == .notLeaderOrFollower { controller = nil }
        case .unreachable, .timedOut, .badAnswer:
            connections[connection.address] = nil
            coordinators[destination] = nil
            controller = nil
        case .authentication, .unsupported: break
        }
    }
}
