internal import MillraceCore
internal import MillraceNetwork

/// From answers to the socket.
extension ServerLoop {
    func flush(_ connection: Connection) {
        do throws(SocketError) {
            if let tls = connection.tls {
                try writeSealed(connection, tls)
            } else {
                try writePlain(connection)
            }
        } catch {
            return close(connection, reason: error.isPeerGone ? nil : "\(error)")
        }
        guard !connection.isClosed else { return }
        if !connection.hasOutput {
            if let reason = connection.closingReason { return close(connection, reason: reason) }
            if connection.isDraining, connection.isDone { return close(connection, reason: nil) }
        }
        // What was held back since too much was to be written may begin now.
        if connection.talk.intake.keptByteCount > 0, connection.takesInput { return pump(connection) }
        count(connection)
        if !connection.isClosed { updateInterest(connection) }
    }

    private func writePlain(_ connection: Connection) throws(SocketError) {
        var written = 0
        while written < Self.writtenBytesPerTurnMax, let piece = connection.talk.output.next() {
            let result: TransferResult
            switch piece {
            case .bytes(let buffer, let range, let moreFollows):
                result = try connection.socket.write(
                    buffer.bytes.extracting(range), moreFollows: moreFollows)
            case .file(let slice, let moreFollows):
                result = try write(slice, moreFollows: moreFollows, connection)
            }
            guard case .moved(let count) = result else { return }
            connection.talk.output.advance(by: count, buffers)
            connection.lastWritten = now
            written += count
        }
    }

    private func write(
        _ slice: FileSlice, moreFollows: Bool, _ connection: Connection
    ) throws(SocketError) -> TransferResult {
        let count = min(slice.byteCount, Self.writtenBytesPerTurnMax)
        if let descriptor = slice.file.systemDescriptor {
            guard connection.isOfThisMachine else {
                return try connection.socket.write(file: descriptor, position: slice.position, count: count)
            }
            return try connection.socket.write(
                mapping: descriptor, position: slice.position, count: count,
                moreFollows: moreFollows || count < slice.byteCount)
        }
        let piece = try read(slice, TLSSession.pieceBytes)
        return try connection.socket.write(piece.bytes)
    }

    /// Reads the beginning of a slice into the scratch buffer.
    private func read(_ slice: FileSlice, _ limit: Int) throws(SocketError) -> SharedBuffer {
        let count = min(slice.byteCount, limit)
        do {
            let got = try scratch.fill { writer throws(DiskError) in
                writer.removeAll()
                return try slice.file.read(at: slice.position, length: count, into: &writer)
            }
            guard got == count else { throw SocketError("read \(slice.file.path)", 0, subject: "it has ended") }
            return scratch
        } catch let error as DiskError {
            throw SocketError("read", error.errorNumber, subject: slice.file.path)
        } catch let error as SocketError {
            throw error
        } catch {
            throw SocketError("read", 0, subject: "\(error)")
        }
    }

    private func writeSealed(_ connection: Connection, _ tls: TLSSession) throws(SocketError) {
        var written = 0
        while written < Self.writtenBytesPerTurnMax {
            // No more is encrypted than the socket takes.
            while tls.hasOutput {
                let result = try tls.withOutput { bytes throws(SocketError) in try connection.socket.write(bytes) }
                guard case .moved(let count) = result else { return }
                tls.advanceOutput(by: count)
                connection.lastWritten = now
                written += count
            }
            guard tls.isEstablished, let piece = connection.talk.output.next() else { return }
            let count: Int
            switch piece {
            case .bytes(let buffer, let range, _):
                count = min(range.count, TLSSession.pieceBytes)
                try seal(buffer.bytes.extracting(range.lowerBound..<(range.lowerBound + count)), tls)
            case .file(let slice, _):
                let bytes = try read(slice, TLSSession.pieceBytes)
                count = bytes.count
                try seal(bytes.bytes, tls)
            }
            connection.talk.output.advance(by: count, buffers)
        }
    }

    private func seal(_ bytes: RawSpan, _ tls: TLSSession) throws(SocketError) {
        do throws(TLSError) {
            try tls.send(bytes)
        } catch {
            throw SocketError("encrypt", 0, subject: "\(error)")
        }
    }
}
