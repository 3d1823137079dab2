/// A sealed batch in a buffer gets another producer or another place in its order: a producer whose epoch has been
/// raised sends again what was not acknowledged (KIP-360). Pure; for the batch's owner, while nobody reads it.
extension SharedBuffer {
    /// Writes these into the head of the batch that fills the buffer, and its checksum anew.
    package func resealBatch(producer: ProducerIdentity, baseSequence: Int32) {
        fill { writer in
            precondition(
                writer.count >= RecordBatchHeader.byteCount, "\(writer.count) bytes are no batch to be sealed again")
            writer.overwrite(at: 43, producer.id)
            writer.overwrite(at: 51, producer.epoch)
            writer.overwrite(at: 53, baseSequence)
            let checksummed = RecordBatchHeader.checksummedStart..<writer.count
            writer.overwrite(at: 17, CRC32C.checksum(writer.bytes.extracting(checksummed)))
        }
    }
}
