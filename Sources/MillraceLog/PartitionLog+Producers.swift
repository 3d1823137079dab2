/// What a log knows of its producers, for the broker that opens it. No I/O.
extension PartitionLog {
    /// The epoch of every producer id that is remembered.
    package var producerEpochs: [Int64: Int16] { producers.entries.mapValues(\.epoch) }
}
