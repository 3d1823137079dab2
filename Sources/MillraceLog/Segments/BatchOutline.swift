internal import MillraceCore

/// The first bytes of a batch that has been checked before: enough to get to the next one. Pure.
struct BatchOutline {
    /// Up to the last offset delta (`RecordBatchHeader` draws the whole).
    static let byteCount = 27

    let baseOffset: Offset
    /// Of the whole batch.
    let byteCount: Int
    let nextOffset: Offset

    init(from bytes: RawSpan) throws(RecordError) {
        var reader = ByteReader()
        do throws(ByteError) {
            let base = try reader.read(Int64.self, from: bytes)
            let length = Int(try reader.read(Int32.self, from: bytes))
            reader.position = 23
            let delta = Int64(try reader.read(Int32.self, from: bytes))
            let (next, overflow) = base.addingReportingOverflow(delta + 1)
            guard base >= 0, delta >= 0, !overflow,
                length >= RecordBatchHeader.byteCount - RecordBatchHeader.prefixByteCount
            else { throw .negativeLength(position: 8, length: Int64(length)) }
            baseOffset = Offset(base)
            nextOffset = Offset(next)
            byteCount = length + RecordBatchHeader.prefixByteCount
        } catch {
            throw .malformed("batch: \(error)")
        }
    }
}
