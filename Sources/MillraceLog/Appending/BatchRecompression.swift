internal import MillraceCore

/// Writes batches anew in the codec of the topic (`compression.type` other than `producer`). Pure.
struct BatchRecompression {
    let target: LogConfiguration.Recompression

    func isNeeded(for header: RecordBatchHeader) -> Bool { header.attributes.compression != target.codec }

    /// Appends the batch at `position` to `output`, in the topic's codec, and lets `header` describe it.
    ///
    /// - Parameter plain: memory for decompressed records.
    func append(
        _ header: inout RecordBatchHeader, of bytes: RawSpan, at position: Int, _ plain: inout ByteWriter,
        to output: inout ByteWriter
    ) throws(RecordError) {
        let batch = bytes.extracting(position..<(position + header.totalByteCount))
        guard isNeeded(for: header) else { return output.append(batch) }
        let start = output.count
        output.append(batch.extracting(0..<RecordBatchHeader.byteCount))
        plain.removeAll()
        try header.decompressRecords(of: batch, into: &plain, limit: BatchValidation.decompressedLimit)
        target.codec.compress(plain.bytes, into: &output, level: target.level)
        header.totalByteCount = output.count - start
        header.attributes.rawValue = header.attributes.rawValue & ~7 | Int16(target.codec.rawValue)
        output.overwrite(at: start + 8, Int32(header.totalByteCount - RecordBatchHeader.prefixByteCount))
        output.overwrite(at: start + 21, header.attributes.rawValue)
        let end = output.count
        header.checksum = CRC32C.checksum(
            output.bytes.extracting((start + RecordBatchHeader.checksummedStart)..<end))
        output.overwrite(at: start + 17, header.checksum)
    }
}
