/// The named limits and times of group coordination; defaults as in Apache Kafka 4.3 unless said otherwise. Pure.
public struct GroupConfiguration: Hashable, Sendable {
    /// `group.min.session.timeout.ms` and `group.max.session.timeout.ms`.
    public var sessionTimeouts: ClosedRange<Duration>
    /// `group.initial.rebalance.delay.ms`: how long a new group gathers members. Kafka says 3 s; a broker in the
    /// process of its clients need not wait.
    public var initialRebalanceDelay: Duration
    /// `group.max.size`.
    public var membersMax: Int
    /// `offset.metadata.max.bytes`.
    public var offsetMetadataBytesMax: Int
    /// `offsets.retention.minutes`: how long offsets outlive their group's last member.
    public var offsetsRetention: Duration
    /// `offsets.retention.check.interval.ms`.
    public var offsetsRetentionCheckInterval: Duration
    /// How long a new member may wait in its first rebalance before it counts as gone.
    public var newMemberJoinTimeout: Duration
    /// Groups of the consumer protocol (KIP-848).
    public var consumer: ConsumerGroupConfiguration

    /// Kafka's defaults where nothing is said.
    public init(
        sessionTimeouts: ClosedRange<Duration> = .seconds(6) ... .seconds(1_800),
        initialRebalanceDelay: Duration = .zero, membersMax: Int = 1_000, offsetMetadataBytesMax: Int = 4_096,
        offsetsRetention: Duration = .seconds(7 * 24 * 3_600),
        offsetsRetentionCheckInterval: Duration = .seconds(600), newMemberJoinTimeout: Duration = .seconds(300),
        consumer: ConsumerGroupConfiguration = ConsumerGroupConfiguration()
    ) {
        self.sessionTimeouts = sessionTimeouts
        self.initialRebalanceDelay = initialRebalanceDelay
        self.membersMax = membersMax
        self.offsetMetadataBytesMax = offsetMetadataBytesMax
        self.offsetsRetention = offsetsRetention
        self.offsetsRetentionCheckInterval = offsetsRetentionCheckInterval
        self.newMemberJoinTimeout = newMemberJoinTimeout
        self.consumer = consumer
    }

    /// The client host of members that live in the broker's process, and die with it.
    public static let embeddedClientHost = "embedded"
}

/// The same for groups of the consumer protocol, whose members do not bring times of their own.
public struct ConsumerGroupConfiguration: Hashable, Sendable {
    /// `group.consumer.session.timeout.ms`.
    public var sessionTimeout: Duration
    /// `group.consumer.heartbeat.interval.ms`: how often members are to speak.
    public var heartbeatInterval: Duration
    /// `group.consumer.max.size`; Kafka has no limit by default.
    public var membersMax: Int

    /// Kafka's defaults where nothing is said.
    public init(
        sessionTimeout: Duration = .seconds(45), heartbeatInterval: Duration = .seconds(5), membersMax: Int = 1_000
    ) {
        self.sessionTimeout = sessionTimeout
        self.heartbeatInterval = heartbeatInterval
        self.membersMax = membersMax
    }
}
