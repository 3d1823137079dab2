// Joins of a table with another one whose keys stand in the rows of the first (KIP-213, KIP-775; SEMANTICS G5–G9).

extension KTable {
    /// Each row of this table with the row of `other` to which it refers. Rows that refer to none, or to one that is
    /// not there, have no result.
    ///
    /// The tables may have different numbers of partitions: through a topic of its own each row asks the task that has
    /// the other one, and through another it is answered. So results come a little later, and where a row changes
    /// meanwhile, only with the next answer. An update of a row of `other` reaches all rows that refer to it, a bounded
    /// number at a time. Values of this table must be serialised the same way each time, or the answers are not
    /// recognised.
    ///
    ///     orders.join(customers, foreignKey: { _, order in order.customerID }) { order, customer in
    ///         Invoice(order, customer)
    ///     }
    ///
    /// A result's timestamp is the larger of both rows' where this table's row has changed, that of the other row where
    /// that one has.
    ///
    /// - Parameters:
    ///   - foreignKey: the key of the other row, nil for none. It must give the same for the same row.
    ///   - materialized: keeps the results in a store, which then also spares deletions of results that never were.
    ///   - joined: the name, and how the tables are partitioned if not by the hash of the key.
    ///   - joiner: the result for two rows; nil deletes it.
    ///   - other: the other side.
    @inlinable
    public func join<ForeignKey: Hashable & Sendable, Other: Sendable, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, foreignKey: @escaping @Sendable (Key, Value) throws -> ForeignKey?,
        _ materialized: Materialized<Key, Result>? = nil,
        joined: TableJoined<Key, ForeignKey> = TableJoined(),
        _ joiner: @escaping @Sendable (Value, Other) throws -> Result?
    ) -> KTable<Key, Result> {
        foreignKeyJoined(other, foreignKey, materialized, joined, isLeft: false) { left, right in
            guard let right else { return nil }
            return try joiner(left, right)
        }
    }

    /// Each row of this table with the row of `other` to which it refers, or with nil where there is none.
    @inlinable
    public func leftJoin<ForeignKey: Hashable & Sendable, Other: Sendable, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, foreignKey: @escaping @Sendable (Key, Value) throws -> ForeignKey?,
        _ materialized: Materialized<Key, Result>? = nil,
        joined: TableJoined<Key, ForeignKey> = TableJoined(),
        _ joiner: @escaping @Sendable (Value, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        foreignKeyJoined(other, foreignKey, materialized, joined, isLeft: true, joiner)
    }
}

/// How the tables of a foreign-key join are partitioned, and what the join is called.
public struct TableJoined<Key, ForeignKey>: Sendable {
    @usableFromInline let name: String?
    @usableFromInline let partitioner: (@Sendable (Key, Int32) throws -> Int32?)?
    @usableFromInline let otherPartitioner: (@Sendable (ForeignKey, Int32) throws -> Int32?)?

    /// - Parameters:
    ///   - name: what the names of the join's nodes, topics and store begin with; numbered by default.
    ///   - partitioner: the partition of a key of the left table, of so many; nil leaves it to the row's partition.
    ///   - otherPartitioner: the partition of a key of the right table; nil leaves it to the hash of the key.
    @inlinable
    public init(
        name: String? = nil, partitioner: (@Sendable (Key, Int32) throws -> Int32?)? = nil,
        otherPartitioner: (@Sendable (ForeignKey, Int32) throws -> Int32?)? = nil
    ) {
        self.name = name
        self.partitioner = partitioner
        self.otherPartitioner = otherPartitioner
    }
}

/// Names of a foreign-key join's parts, asked for in Kafka Streams' order, which spends a number for each even where
/// the user gave a name.
@usableFromInline
struct ForeignKeyJoinNames {
    @usableFromInline let subscriptionTopic: String
    @usableFromInline let send: String
    @usableFromInline let subscriptionSink: String
    @usableFromInline let subscriptionSource: String
    @usableFromInline let subscriptionStore: String
    @usableFromInline let receive: String
    @usableFromInline let joinForeign: String
    @usableFromInline let foreignJoin: String
    @usableFromInline let responseTopic: String
    @usableFromInline let responseSink: String
    @usableFromInline let responseSource: String
    @usableFromInline let resolver: String
    @usableFromInline let result: String

    @usableFromInline
    init(_ name: String?, in graph: TopologyGraph) {
        func next(_ prefix: String, _ suffix: String) -> String {
            let numbered = graph.newName(prefix)
            return name.map { $0 + suffix } ?? numbered
        }
        let join = "KTABLE-FK-JOIN-"
        subscriptionTopic = next(join + "SUBSCRIPTION-REGISTRATION-", "-subscription-registration")
        send = next(join + "SUBSCRIPTION-REGISTRATION-", "-subscription-registration-processor")
        subscriptionSink = next("KTABLE-SINK-", "-subscription-registration-sink")
        subscriptionSource = next("KTABLE-SOURCE-", "-subscription-registration-source")
        subscriptionStore = next(join + "SUBSCRIPTION-STATE-STORE-", "-subscription-store")
        receive = next(join + "SUBSCRIPTION-PROCESSOR-", "-subscription-receive")
        joinForeign = next(join + "SUBSCRIPTION-PROCESSOR-", "-subscription-join-foreign")
        foreignJoin = next(join + "SUBSCRIPTION-PROCESSOR-", "-foreign-join-subscription")
        responseTopic = next(join + "SUBSCRIPTION-RESPONSE-", "-subscription-response")
        responseSink = next("KTABLE-SINK-", "-subscription-response-sink")
        responseSource = next("KTABLE-SOURCE-", "-subscription-response-source")
        resolver = next(join + "SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-", "-subscription-response-resolver")
        result = next(join + "OUTPUT-", "-result")
    }

    /// The store of updates that are on their way; Kafka Streams has none.
    @usableFromInline var fanOutStore: String { subscriptionStore + "-fan-out" }
}
