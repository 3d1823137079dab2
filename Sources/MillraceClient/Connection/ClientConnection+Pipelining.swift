package import MillraceCore
package import MillraceProtocol

/// A request that was sent and whose answer has not been read: what an answer is recognised and read by.
package struct PendingAnswer: Hashable, Sendable {
    /// Comes back with the answer. Brokers answer one connection's requests in the order in which they came.
    package let correlationID: Int32
    /// The version that was asked in, in which the answer comes.
    package let version: Int16
}

/// Several requests under way on one connection, for records: each is written at once, whole (blocking while the broker
/// does not read), and answers are taken as they come, without waiting. Not to be mixed with `call` while an answer is
/// awaited. After an error the connection is of no use any more.
extension ClientConnection {
    /// Sends a request in the newest version that both speak; its answer comes later.
    ///
    /// - Parameters:
    ///   - newest: no version above this.
    ///   - records: fills the places of the request's `WireRecords.elsewhere`, in their order; written from where they
    ///     lie.
    package func submit<Request: WireRequest>(
        _ request: Request, newest: Int16? = nil, records: [SharedBuffer] = [],
        until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> PendingAnswer {
        let version = try version(of: Request.self, newest: newest)
        try layOut(request, version: version)
        precondition(writer.gaps.map(\.byteCount) == records.map(\.count), "records for each place of the request")
        var written = 0
        for (gap, batch) in zip(writer.gaps, records) {
            try write(written..<gap.position, of: writer.bytes, moreFollows: true, until: deadline)
            written = gap.position
            let isEnd = written == writer.bytes.count && batch === records.last
            try transport.write(batch.bytes, moreFollows: !isEnd, until: deadline)
        }
        let count = writer.bytes.count
        if written < count { try write(written..<count, of: writer.bytes, moreFollows: false, until: deadline) }
        return PendingAnswer(correlationID: correlationID, version: version)
    }

    private func write(
        _ range: Range<Int>, of bytes: borrowing ByteWriter, moreFollows: Bool, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        try transport.write(bytes.bytes.extracting(range), moreFollows: moreFollows, until: deadline)
    }

    /// Takes what has come of the next answer, without waiting; returns its frame, without the length, once it is
    /// whole. Ask again until nil: the descriptor tells only of what has not been taken.
    package func receive(into pool: inout BufferPool) throws(ClientError) -> SharedBuffer? {
        while true {
            guard let (frame, length) = incoming else {
                let left = Frame.lengthByteCount - incomingHead.count
                guard try transport.readAvailable(left, into: incomingHead) > 0 else { return nil }
                guard incomingHead.count == Frame.lengthByteCount else { continue }
                let length = try frameLength(in: incomingHead)
                incomingHead.fill { $0.removeAll() }
                incoming = (pool.take(capacity: length), length)
                continue
            }
            while frame.count < length {
                guard try transport.readAvailable(length - frame.count, into: frame) > 0 else { return nil }
            }
            incoming = nil
            return frame
        }
    }

    /// Reads the answer to a request. Records in it stay where they are in the frame (`WireRecords.inFrame`).
    ///
    /// - Throws: `.badAnswer` where the frame answers another request, or cannot be read.
    package func read<Response: WireResponse>(
        _ type: Response.Type, from frame: SharedBuffer, answering pending: PendingAnswer
    ) throws(ClientError) -> Response {
        do {
            let (header, body) = try Frame.readResponseHeader(
                frame, 0..<frame.count, isFlexible: ResponseHeader.isFlexible(type, version: pending.version))
            guard header.correlationID == pending.correlationID else {
                throw ClientError.badAnswer(
                    "it answers request \(header.correlationID), not \(pending.correlationID)")
            }
            return try Frame.readBody(type, frame, body, version: pending.version)
        } catch let error as ClientError {
            throw error
        } catch {
            throw .badAnswer("\(Response.api) version \(pending.version): \(error)")
        }
    }

    /// Of the socket, to wait for answers with others.
    package var descriptor: Int32 { transport.descriptor }
    /// Bytes of an answer have been taken from the socket and not been read: `receive` has something to do, though the
    /// descriptor does not tell.
    package var holdsInput: Bool { transport.holdsInput }
}
