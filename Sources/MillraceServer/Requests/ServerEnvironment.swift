package import MillraceBroker
internal import MillraceCore

/// What handlers work with. The same for all loops and workers; everything in it guards itself.
package struct ServerEnvironment: Sendable {
    package let broker: Broker
    package let configuration: ServerConfiguration
    /// By the name of a listener: where its clients are told to connect.
    private let endpoints: [String: AdvertisedEndpoint]
    private let workers: WorkerPool

    init(
        broker: Broker, configuration: ServerConfiguration, endpoints: [String: AdvertisedEndpoint],
        workers: WorkerPool
    ) {
        self.broker = broker
        self.configuration = configuration
        self.endpoints = endpoints
        self.workers = workers
    }

    /// Runs what has to wait for the disk on a worker, for handlers that only sometimes do (`HandlerTable.onLater`).
    package func onWorker(_ work: @escaping @Sendable () -> Void) { workers.submit(work) }

    /// This broker's number.
    package var nodeID: Int32 { broker.configuration.nodeID }

    /// Where clients of this listener find this broker.
    package func endpoint(for peer: Peer) -> AdvertisedEndpoint {
        endpoints[peer.listener] ?? AdvertisedEndpoint(host: "127.0.0.1", port: 0)
    }
}

/// What clients are told to connect to.
package struct AdvertisedEndpoint: Hashable, Sendable {
    package let host: String
    package let port: Int32

    package init(host: String, port: Int32) {
        self.host = host
        self.port = port
    }
}
