internal import MillraceCore
internal import MillraceProtocol

/// One connection without its socket: frames in, answers out in the order of the requests. It looks who may ask what,
/// finds the handler and lets it begin. Does no I/O; owned by one loop, used on its thread.
final class Conversation {
    /// What the loop has to do about a request.
    enum Step {
        case goOn
        case work(@Sendable () -> AnswerEncoder, AnswerTicket)
        case fetch(FetchRequest, RequestContext, AnswerTicket)
        /// At once, with a reason for the log.
        case close(String)
        /// As soon as what is to be written has been.
        case closeAfterAnswer(String)
    }

    private(set) var peer: Peer
    private let table: HandlerTable
    private let mailbox: LoopMailbox
    private let limits: ServerLimits
    private var authenticator: Authenticator
    var intake: RequestIntake
    private var answers = AnswerQueue()
    var output = OutputBuffer()
    /// A request runs on a worker: nothing behind it begins before it has been answered.
    private(set) var isHeld = false
    private var heldBy: UInt64 = 0

    init(
        peer: Peer, table: HandlerTable, mailbox: LoopMailbox, limits: ServerLimits, authenticator: Authenticator
    ) {
        self.peer = peer
        self.table = table
        self.mailbox = mailbox
        self.limits = limits
        self.authenticator = authenticator
        intake = RequestIntake(
            frameBytesMax: authenticator.isDone ? limits.requestBytesMax : limits.unauthenticatedRequestBytesMax)
    }

    var isAuthenticated: Bool { authenticator.isDone }
    var unansweredCount: Int { answers.count }

    /// Whether the next request may begin now.
    var takesRequests: Bool {
        !isHeld && answers.count < limits.unansweredRequestsMax && output.byteCount < limits.unsentBytesMax
    }

    // MARK: Requests

    /// Begins with a request.
    ///
    /// - Parameter writer: empty; used for answers that are there at once.
    func begin(_ frame: RequestIntake.Frame, _ writer: inout WireWriter, _ buffers: LoopBuffers) -> Step {
        if authenticator.expectsBareFrame { return receiveBare(frame, buffers) }
        let header: RequestHeader
        let body: Range<Int>
        do throws(WireError) {
            (header, body) = try Frame.readRequestHeader(frame.buffer, frame.range, isFlexible: isFlexible)
        } catch {
            return .close("a request header that cannot be read: \(error)")
        }
        let request = RequestFrame(buffer: frame.buffer, bodyRange: body)
        switch APIKey(rawValue: header.apiKey) {
        case .apiVersions: return answerVersions(header, request, &writer, buffers)
        case .saslHandshake: return shakeHands(header, request, &writer, buffers)
        case .saslAuthenticate: return authenticate(header, request, &writer, buffers)
        default: return start(header, request, &writer, buffers)
        }
    }

    private func isFlexible(apiKey: Int16, version: Int16) -> Bool {
        switch APIKey(rawValue: apiKey) {
        case .apiVersions:
            return APIVersionsRequest.versions.contains(version) && APIVersionsRequest.isFlexible(version)
        case .saslAuthenticate:
            return SASLAuthenticateRequest.versions.contains(version) && SASLAuthenticateRequest.isFlexible(version)
        default:
            guard let entry = table.entry(apiKey), entry.versions.contains(version) else { return false }
            return entry.flexibleSince.map { version >= $0 } ?? false
        }
    }

    private func start(
        _ header: RequestHeader, _ request: RequestFrame, _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> Step {
        guard authenticator.isDone else { return .close("API \(header.apiKey) before authentication") }
        guard let entry = table.entry(header.apiKey), entry.versions.contains(header.apiVersion) else {
            return .close("API \(header.apiKey) in version \(header.apiVersion), which is not served")
        }
        let context = context(header)
        let ticket = AnswerTicket(mailbox: mailbox, connection: peer.connection, sequence: answers.open())
        writer.removeAll()
        do throws(WireError) {
            switch try entry.start(request, context, ticket, &writer) {
            case .answered:
                answers.complete(ticket.sequence, writer, slices: [], to: &output, buffers)
                return .goOn
            case .later: return .goOn
            case .work(let work):
                isHeld = true
                heldBy = ticket.sequence
                return .work(work, ticket)
            case .fetch(let fetch): return .fetch(fetch, context, ticket)
            }
        } catch {
            return .close("\(entry.api) in version \(header.apiVersion): \(error)")
        }
    }

    private func context(_ header: RequestHeader) -> RequestContext {
        RequestContext(
            apiVersion: header.apiVersion, correlationID: header.correlationID, clientID: header.clientID, peer: peer)
    }

    // MARK: Answers

    /// The answer to a request that was begun earlier.
    ///
    /// - Returns: why the connection has to be closed; nil where it has not.
    func complete(
        _ sequence: UInt64, _ outcome: AnswerOutcome, _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> String? {
        writer.removeAll()
        if isHeld, sequence == heldBy { isHeld = false }
        switch outcome {
        case .close(let reason): return reason
        case .nothing:
            answers.complete(sequence, writer, slices: [], isOmitted: true, to: &output, buffers)
        case .encode(let encoder):
            do throws(WireError) {
                try encoder.write(&writer)
            } catch {
                return "an answer that cannot be written: \(error)"
            }
            answers.complete(sequence, writer, slices: [], to: &output, buffers)
        }
        return nil
    }

    /// As `complete`, for an answer with slices that go into its gaps.
    func complete<Response: WireResponse>(
        _ ticket: AnswerTicket, _ response: Response, slices: [AnswerSlice], context: RequestContext,
        _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> String? {
        writer.removeAll()
        do throws(WireError) {
            try Frame.append(
                response, version: context.apiVersion, correlationID: context.correlationID, to: &writer)
        } catch {
            return "an answer that cannot be written: \(error)"
        }
        answers.complete(ticket.sequence, writer, slices: slices, to: &output, buffers)
        return nil
    }

    private func answer<Response: WireResponse>(
        _ response: Response, _ header: RequestHeader, version: Int16? = nil, _ writer: inout WireWriter,
        _ buffers: LoopBuffers, then step: Step = .goOn
    ) -> Step {
        writer.removeAll()
        do throws(WireError) {
            try Frame.append(
                response, version: version ?? header.apiVersion, correlationID: header.correlationID, to: &writer)
        } catch {
            return .close("an answer that cannot be written: \(error)")
        }
        answers.complete(answers.open(), writer, slices: [], to: &output, buffers)
        return step
    }

    // MARK: What is answered before authentication

    private func answerVersions(
        _ header: RequestHeader, _ request: RequestFrame, _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> Step {
        guard APIVersionsRequest.versions.contains(header.apiVersion) else {
            return answer(APIVersionsResponse.unsupportedVersion(table), header, version: 0, &writer, buffers)
        }
        do throws(WireError) {
            let body = try request.body(APIVersionsRequest.self, version: header.apiVersion)
            return answer(
                APIVersionsResponse(answering: body, version: header.apiVersion, table), header, &writer, buffers)
        } catch {
            return .close("ApiVersions in version \(header.apiVersion): \(error)")
        }
    }

    private func shakeHands(
        _ header: RequestHeader, _ request: RequestFrame, _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> Step {
        guard SASLHandshakeRequest.versions.contains(header.apiVersion),
            let body = try? request.body(SASLHandshakeRequest.self, version: header.apiVersion)
        else { return .close("a SaslHandshake that cannot be read") }
        var response = SASLHandshakeResponse()
        response.mechanisms = authenticator.mechanismNames
        var step = Step.goOn
        switch authenticator.begin(mechanism: body.mechanism, version: header.apiVersion) {
        case .accepted: break
        case .illegalState: response.error = .illegalSASLState
        case .unsupportedMechanism:
            response.error = .unsupportedSASLMechanism
            step = .closeAfterAnswer("SASL mechanism '\(body.mechanism)' is not enabled")
        }
        return answer(response, header, &writer, buffers, then: step)
    }

    private func authenticate(
        _ header: RequestHeader, _ request: RequestFrame, _ writer: inout WireWriter, _ buffers: LoopBuffers
    ) -> Step {
        guard SASLAuthenticateRequest.versions.contains(header.apiVersion),
            let body = try? request.body(SASLAuthenticateRequest.self, version: header.apiVersion)
        else { return .close("a SaslAuthenticate that cannot be read") }
        var response = SASLAuthenticateResponse()
        response.errorMessage = nil
        switch authenticator.receive(body.authenticationBytes) {
        case nil:
            response.error = .illegalSASLState
            response.errorMessage = "SaslAuthenticate was not expected now"
            let step = authenticator.isDone ? Step.goOn : .closeAfterAnswer("SaslAuthenticate without SaslHandshake")
            return answer(response, header, &writer, buffers, then: step)
        case .goOn(let bytes)?:
            response.authenticationBytes = bytes
            return answer(response, header, &writer, buffers)
        case .authenticated(let name, let bytes)?:
            admit(name)
            response.authenticationBytes = bytes
            return answer(response, header, &writer, buffers)
        case .refused(let reason, _)?:
            response.error = .saslAuthenticationFailed
            response.errorMessage = "Authentication failed: invalid credentials"
            return answer(response, header, &writer, buffers, then: .closeAfterAnswer(reason))
        }
    }

    /// A message of the mechanism without a request around it; so is the answer.
    private func receiveBare(_ frame: RequestIntake.Frame, _ buffers: LoopBuffers) -> Step {
        let message = [UInt8](copying: frame.buffer.bytes.extracting(frame.range))
        switch authenticator.receive(message) {
        case nil: return .close("a SASL message was not expected")
        case .goOn(let bytes)?:
            appendBare(bytes, buffers)
            return .goOn
        case .authenticated(let name, let bytes)?:
            admit(name)
            appendBare(bytes, buffers)
            return .goOn
        case .refused(let reason, let bytes)?:
            if bytes.isEmpty { return .close(reason) }
            appendBare(bytes, buffers)
            return .closeAfterAnswer(reason)
        }
    }

    private func appendBare(_ bytes: [UInt8], _ buffers: LoopBuffers) {
        var frame = ByteWriter(capacity: bytes.count + Frame.lengthByteCount)
        frame.append(Int32(bytes.count))
        frame.append(contentsOf: bytes)
        output.append(frame.bytes, buffers)
    }

    private func admit(_ name: String) {
        peer = peer.authenticated(as: name)
        intake.frameBytesMax = limits.requestBytesMax
    }

    /// Gives all buffers back.
    func discard(_ buffers: LoopBuffers) {
        intake.discard(buffers)
        output.discard(buffers)
    }
}
