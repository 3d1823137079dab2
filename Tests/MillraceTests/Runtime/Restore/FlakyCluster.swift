import Millrace
import MillraceCluster
import MillraceCore

/// A cluster whose consumers without a group, which restore changelogs, fail a few times before they bring anything.
final class FlakyCluster: ForwardingCluster {
    let inner: any Cluster
    private let left: Monitor<Int>

    init(_ inner: any Cluster, failures: Int) {
        self.inner = inner
        left = Monitor(failures)
    }

    var failuresLeft: Int { left.withLock { $0 } }

    /// Fails no more.
    func recover() { left.withLock { $0 = 0 } }

    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        let consumer = try inner.makeConsumer(configuration)
        return configuration.groupID == nil ? FlakyConsumer(consumer, left) : consumer
    }
}

private final class FlakyConsumer: ForwardingConsumer {
    let inner: any ClusterConsumer
    private let left: Monitor<Int>

    init(_ inner: any ClusterConsumer, _ left: Monitor<Int>) {
        self.inner = inner
        self.left = left
    }

    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        let fails = left.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw ClusterError(.retriable, "the broker is away") }
        return try inner.poll(maxWait: maxWait, into: &batches)
    }
}
