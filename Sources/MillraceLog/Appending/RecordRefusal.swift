/// A record that made the log refuse its batch (KIP-467). A plain value; no I/O.
package struct RecordRefusal: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// A record without a key in a log that is compacted.
        case missingKey
        /// Outside `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
        case timestamp(Int64, allowed: ClosedRange<Int64>)
    }
    /// As many are told of one batch.
    package static let countMax = 1_000

    /// Which record of the batch, from 0.
    package var batchIndex: Int32
    package var reason: Reason

    package init(batchIndex: Int32, reason: Reason) {
        self.batchIndex = batchIndex
        self.reason = reason
    }

    /// In words, for the client.
    package var message: String {
        switch reason {
        case .missingKey: "A compacted topic takes no record without a key."
        case .timestamp(let found, let allowed):
            "Timestamp \(found) of the record is outside \(allowed.lowerBound) to \(allowed.upperBound)."
        }
    }
}
