/// Whose answers to give where Kafka Streams is wrong or surprising (SEMANTICS, "The rule"). Pure.
///
/// Each difference is a named policy below; the one operator that it concerns asks for it when it is assembled.
public enum Semantics: Sendable {
    /// The right ones.
    case millrace
    /// Kafka Streams', bug for bug.
    case kafkaStreams
}

extension Semantics {
    /// C10: the initial value goes downstream as the old value of a row's first update.
    @usableFromInline var leaksInitialValue: Bool { self == .kafkaStreams }
    /// A1, A2: the times that operators have seen are lost on a restart, and closed windows open again.
    @usableFromInline var forgetsOperatorTimes: Bool { self == .kafkaStreams }
    /// D5: a window that closes when stream time jumps by more than its store's retention is never emitted.
    @usableFromInline var losesWindowsOnClose: Bool { self == .kafkaStreams }
    /// A11: the result of a closed window has the headers of the record that closed it.
    @usableFromInline var emitsHeadersOfTrigger: Bool { self == .kafkaStreams }
    /// D4: a final result of a window that includes its end leaves a millisecond too early, and again if it changes.
    @usableFromInline var suppressClosesBeforeInclusiveEnd: Bool { self == .kafkaStreams }
    /// NOTES 15: a suppressed row goes downstream with the value before its latest update as the old one, and readers
    /// see it so until it has arrived, though nobody was told of that value.
    @usableFromInline var suppressedRowsSendUntoldValues: Bool { self == .kafkaStreams }
    /// NOTES 19: a window that is open by the time of one cogrouped stream, but gone from the store that another has
    /// moved on, starts anew, and its new beginning goes downstream in place of the whole.
    @usableFromInline var reopensExpiredWindows: Bool { self == .kafkaStreams }
    /// G6: an inner foreign-key join passes over a row whose foreign key is or was null, and leaves its old result.
    @usableFromInline var ignoresNullForeignKeys: Bool { self == .kafkaStreams }
    /// G7: a left foreign-key join gives the result of a row that refers to another one now twice.
    @usableFromInline var repeatsForeignKeyResults: Bool { self == .kafkaStreams }
    /// G1, H1: tables say of rows that never existed that they are gone, even where they know it.
    @usableFromInline var sendsNeedlessTombstones: Bool { self == .kafkaStreams }
    /// I1: sliding windows are looked up in a store that has forgotten some which a record can still change.
    @usableFromInline var forgetsSlidingWindows: Bool { self == .kafkaStreams }
    /// A11: updates of sessions have no headers.
    @usableFromInline var dropsHeadersOfSessions: Bool { self == .kafkaStreams }
    /// I2: records join the sessions that the store shows, whether they are open or closed.
    @usableFromInline var findsSessionsByRetention: Bool { self == .kafkaStreams }
    /// The update of a session of one moment goes downstream without the old value.
    @usableFromInline var forgetsOldValueOfSession: Bool { self == .kafkaStreams }
    /// E3, E5–E7, A11: stream–stream joins let unmatched records out with records that are in order only and with those
    /// records' headers, or at once where a window ends before stream time, its grace aside; the stores decide by their
    /// own times what is late.
    @usableFromInline var joinsStreamsAsKafkaStreams: Bool { self == .kafkaStreams }
    /// A7: records of equal timestamps are taken from a task's partitions in the order of a heap, tables first or not.
    @usableFromInline var takesHeadsFromHeap: Bool { self == .kafkaStreams }
    /// E9: the rows of a join's store are told apart by a count that begins with the task.
    @usableFromInline var countsJoinRows: Bool { self == .kafkaStreams }
}
