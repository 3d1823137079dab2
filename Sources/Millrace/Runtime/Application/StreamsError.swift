internal import MillraceCluster
public import MillraceCore
internal import MillraceStores

/// Why an application cannot start, or why it stopped. `code` says what to do about it, the rest where it happened.
public struct StreamsError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// A setting is outside what is possible.
        public static let invalidConfiguration = Code(description: "invalidConfiguration")
        /// The topology does not fit the topics: one is missing, partition counts differ.
        public static let invalidTopology = Code(description: "invalidTopology")
        /// A call that the application's state does not allow.
        public static let invalidState = Code(description: "invalidState")
        /// Another process uses the state directory.
        public static let stateDirectoryLocked = Code(description: "stateDirectoryLocked")
        /// The disk is full. Nothing committed is lost: free space and start again.
        public static let storageFull = Code(description: "storageFull")
        /// The disk fails or holds corrupt bytes.
        public static let storageFailed = Code(description: "storageFailed")
        /// A record could not be decoded, processed or produced, and the handler said to fail.
        public static let recordFailed = Code(description: "recordFailed")
        /// User code outside record processing threw: an initialiser of a processor, a punctuator.
        public static let userCodeFailed = Code(description: "userCodeFailed")
        /// A suppressed table's buffer passed its bounds, which say to stop then: `BufferFullError` tells what to do.
        public static let bufferFull = Code(description: "bufferFull")
        /// The group's committed position is not in the partition's log: it has lost records that were processed
        /// already, or `offsetReset` is nil and retention was faster. The message names both ends and the ways out.
        public static let offsetOutOfRange = Code(description: "offsetOutOfRange")
        /// The group has committed nothing for a partition, and `offsetReset` is nil.
        public static let noOffsetForPartition = Code(description: "noOffsetForPartition")
        /// The cluster refused a call for good.
        public static let clusterFailed = Code(description: "clusterFailed")
        /// Another instance failed, and its `uncaughtErrors` said to stop all of the application.
        public static let applicationStopped = Code(description: "applicationStopped")
        /// A call was repeated until its time was over.
        public static let timedOut = Code(description: "timedOut")
    }

    /// Where it happened, as far as it is known.
    public struct Location: Hashable, Sendable {
        /// The stream thread's name.
        public var thread: String?
        /// The task.
        public var task: TaskID?
        /// The node's name.
        public var node: String?
        /// The partition of the record, or of the topic that failed.
        public var partition: TopicPartition?

        /// A place, as far as it is known.
        public init(
            thread: String? = nil, task: TaskID? = nil, node: String? = nil, partition: TopicPartition? = nil
        ) {
            self.thread = thread
            self.task = task
            self.node = node
            self.partition = partition
        }
    }

    /// What kind of failure it is: what to do about it.
    public let code: Code
    /// For a person to read.
    public let message: String
    /// Where it happened, as far as it is known.
    public internal(set) var location: Location
    /// The error of the room below: `ClusterError`, `StoreError`, `StreamsProcessingError` …
    public let cause: (any Error)?

    /// An error of these parts.
    public init(_ code: Code, _ message: String, location: Location = Location(), cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    public var description: String {
        var places: [String] = []
        if let thread = location.thread { places.append("thread \(thread)") }
        if let task = location.task { places.append("task \(task)") }
        if let node = location.node { places.append("node \(node)") }
        if let partition = location.partition { places.append("partition \(partition)") }
        let place = places.isEmpty ? "" : " (\(places.joined(separator: ", ")))"
        return "\(code): \(message)\(place)"
    }
}

extension StreamsError {
    /// Sorts an error of any room into a code.
    init(_ error: any Error, location: Location) {
        var place = location
        switch error {
        case var error as StreamsError:
            if error.location.thread == nil { error.location.thread = location.thread }
            if error.location.task == nil { error.location.task = location.task }
            self = error
        case let error as ClusterError:
            place.partition = error.partition
            self.init(StreamsError.code(of: error.kind), error.description, location: place, cause: error)
        case let error as StreamsProcessingError:
            place.node = error.record.node
            place.task = error.record.taskID
            place.partition = error.record.source.map { TopicPartition($0.topic, $0.partition) }
            self.init(.recordFailed, error.description, location: place, cause: error)
        case let error as BufferFullError:
            place.node = error.node
            self.init(.bufferFull, error.description, location: place, cause: error)
        case let error as TopologyError:
            self.init(.invalidTopology, error.description, location: place, cause: error)
        case let error as DiskError:
            let code: Code =
                switch error.reason {
                case .noSpace: .storageFull
                case .locked: .stateDirectoryLocked
                default: .storageFailed
                }
            self.init(code, error.description, location: place, cause: error)
        case let error as StoreError:
            let code: Code =
                switch error.kind {
                case .noSpace: .storageFull
                case .locked: .stateDirectoryLocked
                default: .storageFailed
                }
            self.init(code, error.description, location: place, cause: error)
        case let error as RecordError:
            self.init(.storageFailed, "a fetched batch cannot be read: \(error)", location: place, cause: error)
        default:
            self.init(.userCodeFailed, "\(error)", location: place, cause: error)
        }
    }

    private static func code(of kind: ClusterError.Kind) -> Code {
        switch kind {
        case .storageFull: .storageFull
        case .storageFailed: .storageFailed
        case .unknownTopic: .invalidTopology
        case .offsetOutOfRange: .offsetOutOfRange
        case .noOffsetForPartition: .noOffsetForPartition
        default: .clusterFailed
        }
    }
}
