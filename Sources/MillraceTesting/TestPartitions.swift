/// How many partitions the topics of a `TopologyTestDriver` have, and with that, how the topology is divided into
/// tasks.
public enum TestPartitions: Hashable, Sendable {
    /// One partition of each topic, and one task for all sub-topologies, so that stream time is common to them: as with
    /// Kafka Streams' driver of the same name.
    case single
    /// One task for each sub-topology and partition, as in an application. External topics have as many partitions as
    /// the dictionary says, those not in it `others`; repartition topics get their number as in an application.
    case counts([String: Int32] = [:], others: Int32 = 1)
}

/// When a `TopologyTestDriver` commits by itself. A commit that a processor asks for is made in any case.
public enum TestCommits: Hashable, Sendable {
    /// After each record; only the task that processed it.
    case everyRecord
    /// All tasks, as soon as so many records have been processed since the last commit.
    case every(records: Int)
    /// Only in `TopologyTestDriver.commit`.
    case byHand
}

/// Which of several tasks that have records waiting is next, in a `TopologyTestDriver`. What an application does
/// depends on threads and networks; results that must not depend on it are tested with many seeds.
public enum TestInterleaving: Hashable, Sendable {
    /// The one with the lowest id.
    case inOrder
    /// Chosen by chance, each time anew; the same seed chooses alike.
    case random(seed: UInt64)
}
