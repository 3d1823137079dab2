internal import MillraceCore
internal import MillraceNetwork
internal import MillraceProtocol

/// From a socket that can be read to requests that have begun.
extension ServerLoop {
    func handle(_ token: UInt64, _ interest: Poller.Interest) {
        guard let connection = connections[token] else { return }
        if interest.contains(.reading) {
            read(connection)
        } else if interest.contains(.broken) {
            return close(connection, reason: nil)
        }
        if interest.contains(.writing) { markDirty(connection) }
    }

    private func read(_ connection: Connection) {
        do throws(SocketError) {
            if let tls = connection.tls {
                try readSealed(connection, tls)
            } else {
                try readPlain(connection)
            }
        } catch {
            close(connection, reason: error.isPeerGone ? nil : "\(error)")
        }
    }

    private func readPlain(_ connection: Connection) throws(SocketError) {
        for _ in 0..<Self.readsPerTurnMax {
            guard connection.takesInput, !connection.isClosed else { return }
            scratch.fill { $0.removeAll() }
            let result: TransferResult
            let asked: Int
            if let (buffer, limit) = connection.talk.intake.room() {
                asked = limit + Self.scratchBytes
                result = try connection.socket.read(
                    into: buffer, limit: limit, then: scratch, limit: Self.scratchBytes)
            } else {
                asked = Self.scratchBytes
                result = try connection.socket.read(into: scratch, limit: asked)
            }
            switch result {
            case .wouldBlock: return
            case .ended: return close(connection, reason: nil)
            case .moved(let count):
                received(connection)
                if count < asked { return }
            }
        }
    }

    private func readSealed(_ connection: Connection, _ tls: TLSSession) throws(SocketError) {
        for _ in 0..<Self.readsPerTurnMax {
            guard connection.takesInput, !connection.isClosed else { return }
            let sealed = buffers.take(capacity: TLSSession.pieceBytes)
            defer { buffers.giveBack(sealed) }
            let result = try connection.socket.read(into: sealed, limit: TLSSession.pieceBytes)
            guard case .moved(let count) = result else {
                if case .ended = result { close(connection, reason: nil) }
                return
            }
            scratch.fill { $0.removeAll() }
            let wasEstablished = tls.isEstablished
            do throws(TLSError) {
                try tls.receive(sealed.bytes, into: scratch)
            } catch {
                // What TLS says about it, an alert, is still to be sent.
                connection.closingReason = "TLS: \(error)"
                return markDirty(connection)
            }
            if !wasEstablished || tls.hasOutput { markDirty(connection) }
            if tls.isEnded && scratch.count == 0 { return close(connection, reason: nil) }
            received(connection)
            if count < TLSSession.pieceBytes { return }
        }
    }

    /// Bytes are in the scratch buffer, or behind the unfinished request.
    private func received(_ connection: Connection) {
        connection.lastReceived = now
        connection.talk.intake.begin(with: scratch)
        pump(connection)
    }

    /// Begins with the requests that have come whole, as far as the connection may.
    func pump(_ connection: Connection) {
        let talk = connection.talk
        var hasBegun = false
        isPumping = true
        defer { isPumping = false }
        while connection.takesInput, !connection.isClosed {
            let frame: RequestIntake.Frame
            do throws(RequestIntake.InvalidLength) {
                guard let next = try talk.intake.next() else { break }
                frame = next
            } catch {
                close(connection, reason: "a request of \(error.length) bytes, where \(error.limit) are allowed")
                return
            }
            hasBegun = true
            perform(talk.begin(frame, &writer, buffers), connection)
        }
        guard !connection.isClosed else { return }
        talk.intake.end(buffers)
        if talk.intake.keptByteCount == 0 {
            connection.requestBegan = nil
        } else if hasBegun || connection.requestBegan == nil {
            connection.requestBegan = now
        }
        count(connection)
        // What was begun is mostly answered by now: it is written first, and then the poller needs no change.
        if hasBegun { markDirty(connection) } else if !connection.isClosed { updateInterest(connection) }
    }

    private func perform(_ step: Conversation.Step, _ connection: Connection) {
        switch step {
        case .goOn: break
        case .work(let work, let ticket):
            shared.workers.submit { ticket.deliver(.encode(work())) }
        case .fetch(let request, let context, let ticket):
            fetches.begin(request, context, ticket, connection, self)
        case .close(let reason): close(connection, reason: reason)
        case .closeAfterAnswer(let reason):
            connection.closingReason = reason
            markDirty(connection)
        }
    }

    /// Counts what the connection holds against the server's limit.
    func count(_ connection: Connection) {
        let held = connection.heldByteCount
        let isWithin = shared.admission.hold(held - connection.countedBytes)
        connection.countedBytes = held
        if !isWithin { close(connection, reason: "the server's memory for requests and answers is used up") }
    }

    /// Waits for what the connection can do next.
    func updateInterest(_ connection: Connection) {
        var interest: Poller.Interest = []
        if connection.takesInput { interest.insert(.reading) }
        if connection.hasOutput { interest.insert(.writing) }
        guard interest != connection.interest else { return }
        connection.interest = interest
        do {
            try poller.change(
                connection.socket.descriptor, interest, token: connection.talk.peer.connection)
        } catch {
            close(connection, reason: "\(error)")
        }
    }
}
