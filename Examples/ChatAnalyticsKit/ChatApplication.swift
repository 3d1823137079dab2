import Foundation
public import Millrace
public import MillraceCluster

/// The example, ready to run: a broker and stores below one directory, the topics, the topology. Opening it again over
/// the same directory goes on where it was, also after `kill -9`. Used by the thread that made it; the streams run on
/// threads of their own.
public final class ChatApplication {
    public struct Settings: Sendable {
        /// The broker's files lie in `broker/`, the stores in `state/` below it.
        public var dataDirectory: String
        /// Of each topic; counts only where the topics are made.
        public var partitions: Int32
        public var threads: Int
        public var commitInterval: Duration
        /// How often stores are written down behind the commits.
        public var flushInterval: Duration

        public init(
            dataDirectory: String, partitions: Int32 = 4, threads: Int = 2,
            commitInterval: Duration = .milliseconds(100), flushInterval: Duration = .seconds(15)
        ) {
            self.dataDirectory = dataDirectory
            self.partitions = partitions
            self.threads = threads
            self.commitInterval = commitInterval
            self.flushInterval = flushInterval
        }
    }

    public static let applicationID = "chat"

    public let cluster: any Cluster
    public let streams: StreamsApplication
    public let stores: ChatStores
    private let lagReader: GroupLag

    /// Opens the broker, makes the topics that are not there yet, and prepares the application; `start` runs it.
    public convenience init(_ settings: Settings) throws {
        try self.init(settings, cluster: .embedded(at: "\(settings.dataDirectory)/broker"))
    }

    /// The same over any cluster; it is closed with the application.
    /// - Parameter configure: may set what the settings do not have.
    public init(
        _ settings: Settings, cluster: any Cluster, configure: (inout StreamsConfiguration) -> Void = { _ in }
    ) throws {
        self.cluster = cluster
        for topic in ChatTopology.Topics.all where try cluster.admin.describeTopic(topic) == nil {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: settings.partitions))
        }
        var configuration = StreamsConfiguration(
            applicationID: ChatApplication.applicationID, cluster: cluster,
            stateDirectory: "\(settings.dataDirectory)/state", threads: settings.threads,
            commitInterval: settings.commitInterval, flushInterval: settings.flushInterval)
        configure(&configuration)
        streams = try StreamsApplication(ChatTopology.make(), configuration)
        stores = ChatStores(streams)
        lagReader = try GroupLag(of: ChatApplication.applicationID, in: cluster)
    }

    public func start() throws { try streams.start() }

    /// What sends lines to this application. It belongs to the thread that makes it.
    public func makeIngest() throws -> ChatIngest {
        try ChatIngest(cluster: cluster, topic: ChatTopology.Topics.lines)
    }

    /// How many records the application has not yet processed and committed, on the way from its input to its stores.
    /// Once nothing more is sent, 0 means that the stores are final.
    public func lag() throws -> Int64 {
        try lagReader.records(of: streams.topology)
    }

    /// Waits until all that was sent is counted and committed; false where that takes longer, or the application stops.
    public func waitUntilDone(timeout: Duration) throws -> Bool { try streams.waitUntilProcessed(timeout: timeout) }

    /// Everything in the stores. Where tasks are being handed out or restored, it waits for them.
    /// - Throws: `QueryError`; `.restoring` where that takes longer than `timeout`.
    public func totals(timeout: Duration = .seconds(60)) throws -> ChatTotals {
        let deadline = ContinuousClock.now + timeout
        while true {
            do {
                return try stores.totals()
            } catch QueryError.restoring where ContinuousClock.now < deadline {
                _ = streams.waitUntil(.running, timeout: .seconds(1))
            }
        }
    }

    /// Everything in the stores of this instance, where several share the work: what others have is not in it.
    public func localTotals() throws -> ChatTotals { try stores.localTotals() }

    /// Commits what is done, stops the streams, then closes the broker.
    public func close() throws {
        streams.close()
        lagReader.close()
        try cluster.close()
    }
}
