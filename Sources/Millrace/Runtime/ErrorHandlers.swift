internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// What to do about a record that cannot be decoded, processed or produced.
public enum ErrorReaction: Hashable, Sendable {
    /// Stop the application with an error that names the record.
    case fail
    /// Drop the record, count it and go on.
    case skip
    /// Write the source record, with the error in its headers, to this topic in the same transaction, and go on.
    case deadLetter(topic: String)
}

/// The user's choices. The closures run on stream threads.
public struct ErrorHandlers: Sendable {
    /// For records that a source's serdes cannot read.
    public var deserialization: @Sendable (FailedRecord) -> ErrorReaction
    /// For records for which a closure or a processor of the user threw.
    public var processing: @Sendable (FailedRecord) -> ErrorReaction
    /// For records that a sink cannot serialise.
    public var production: @Sendable (FailedRecord) -> ErrorReaction

    /// Each of them stops the application unless told otherwise.
    public init(
        deserialization: @escaping @Sendable (FailedRecord) -> ErrorReaction = { _ in .fail },
        processing: @escaping @Sendable (FailedRecord) -> ErrorReaction = { _ in .fail },
        production: @escaping @Sendable (FailedRecord) -> ErrorReaction = { _ in .fail }
    ) {
        self.deserialization = deserialization
        self.processing = processing
        self.production = production
    }
}

/// A record that could not be handled: where it came from, in which node it failed, and why.
public struct FailedRecord: Sendable {
    /// Nil inside a punctuator.
    public let source: RecordSource?
    /// The task that processed the record.
    public let taskID: TaskID
    /// The name of the node that failed.
    public let node: String
    /// What was thrown.
    public let error: any Error

    /// A failed record of these parts.
    public init(source: RecordSource?, taskID: TaskID, node: String, error: any Error) {
        self.source = source
        self.taskID = taskID
        self.node = node
        self.error = error
    }
}

/// What stops a task because a handler said `.fail`.
public struct StreamsProcessingError: Error, Sendable, CustomStringConvertible {
    /// The step of a record's way.
    public enum Stage: Sendable {
        /// Its bytes were decoded.
        case deserialization
        /// An operator ran.
        case processing
        /// It was encoded for a topic.
        case production
        /// Its timestamp was taken.
        case timestamp
    }
    /// Where it went wrong.
    public let stage: Stage
    /// The record that failed.
    public let record: FailedRecord

    /// An error of these parts.
    public init(stage: Stage, record: FailedRecord) {
        self.stage = stage
        self.record = record
    }

    public var description: String {
        let place = record.source.map { "\($0.topic)-\($0.partition)@\($0.offset)" } ?? "a punctuator"
        return "\(stage) failed in node \(record.node) of task \(record.taskID) at \(place): \(record.error)"
    }
}

/// A closure of the user that takes no nil was given a null key or value: the counterpart of the
/// `NullPointerException` that Kafka Streams' lambda would have thrown. Use the stream's `nullable` view where nulls
/// are expected.
public struct UnexpectedNull: Error, Hashable, Sendable, CustomStringConvertible {
    /// A half of a record.
    public enum Part: Sendable {
        /// The key.
        case key
        /// The value.
        case value
        /// What was aggregated before: the initial value was null, or an aggregator gave null.
        case aggregate
    }
    /// What was null.
    public let part: Part

    /// An error about this part.
    public init(_ part: Part) { self.part = part }

    public var description: String {
        switch part {
        case .key, .value:
            "the record's \(part) is null, but the closure takes none; use .nullable before this operator"
        case .aggregate:
            "the aggregate before the record is null, but the closure takes none; give a nullable closure"
        }
    }
}

extension TaskContext {
    /// Called by the operator whose user closure threw: returns where the record is to be dropped, throws where the
    /// application is to stop (KIP-1033).
    public func handleProcessingError(_ error: any Error, node: String) throws {
        try react(to: error, node: node, stage: .processing, handler: handlers.processing, reason: .processingError)
    }

    /// The same for a source whose serde could not read a record.
    public func handleDeserializationError(_ error: any Error, node: String) throws {
        try react(
            to: error, node: node, stage: .deserialization, handler: handlers.deserialization, reason: .undecodable)
    }

    /// The same for a sink whose serde could not write a record.
    public func handleProductionError(_ error: any Error, node: String) throws {
        try react(to: error, node: node, stage: .production, handler: handlers.production, reason: .unserializable)
    }

    private func react(
        to error: any Error, node: String, stage: StreamsProcessingError.Stage,
        handler: (FailedRecord) -> ErrorReaction, reason: DropReason
    ) throws {
        // What a node further down has decided already goes straight up, and so do failures of a store, a disk or the
        // cluster, which are not the record's.
        if error is StreamsProcessingError || error is StoreError || error is ClusterError || error is DiskError {
            throw error
        }
        let failed = FailedRecord(source: source, taskID: taskID, node: node, error: error)
        switch handler(failed) {
        case .fail:
            throw StreamsProcessingError(stage: stage, record: failed)
        case .skip:
            metrics.node(node).drop(reason)
        case .deadLetter(let topic):
            metrics.node(node).drop(reason)
            try writeDeadLetter(to: topic, failed)
        }
    }
}
