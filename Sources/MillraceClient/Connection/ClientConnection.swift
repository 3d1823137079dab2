internal import MillraceCore
package import MillraceProtocol

/// One connection to one broker: a request at a time, answered before the next, or several under way
/// (ClientConnection+Pipelining.swift). It asks what the broker speaks before anything else (KIP-35) and logs in where
/// that is configured. Blocks the calling thread; used by one thread.
package final class ClientConnection {
    package let address: BrokerAddress
    let transport: any ByteTransport
    let clientID: String
    /// What the broker speaks, by key.
    private var versions: [Int16: ClosedRange<Int16>] = [:]
    var correlationID: Int32 = 0
    var writer = WireWriter()
    /// The answer that is being read, once its length is known.
    var incoming: (frame: SharedBuffer, length: Int)?
    let incomingHead = SharedBuffer(capacity: Frame.lengthByteCount)
    /// What is told of features, by name: the finalized level.
    package private(set) var features: [String: Int16] = [:]

    /// Largest frame that is taken from a broker.
    static let frameByteCountMax = 256 << 20

    package init(
        _ address: BrokerAddress, _ configuration: ClientConfiguration, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        self.address = address
        clientID = configuration.clientID
        let connectDeadline = min(deadline, .now + configuration.connectTimeout)
        transport = try TransportChoice.open(address, configuration.security, until: connectDeadline)
        try negotiate(until: deadline)
        if let credentials = configuration.security.sasl {
            try authenticate(credentials, until: deadline)
        }
    }

    /// Sends a request in the newest version that both speak and waits for its answer.
    ///
    /// - Parameter newest: no version above this; for requests whose newer versions ask for other things.
    package func call<Request: WireRequest>(
        _ request: Request, newest: Int16? = nil, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> Request.Response {
        try exchange(request, version: try version(of: Request.self, newest: newest), until: deadline)
    }

    package func version<Request: WireRequest>(
        of type: Request.Type, newest: Int16? = nil
    ) throws(ClientError) -> Int16 {
        let ours = Request.versions
        guard let theirs = versions[Request.api.rawValue] else { throw .unsupported(Request.api) }
        let version = min(ours.upperBound, theirs.upperBound, newest ?? .max)
        guard version >= ours.lowerBound, version >= theirs.lowerBound else { throw .unsupported(Request.api) }
        return version
    }

    private func exchange<Request: WireRequest>(
        _ request: Request, version: Int16, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> Request.Response {
        let frame = try roundTrip(request, version: version, until: deadline)
        do {
            var reader = WireReader(
                frame, 0..<frame.count, version: version,
                isFlexible: ResponseHeader.isFlexible(Request.Response.self, version: version))
            let header: ResponseHeader = try reader.read()
            guard header.correlationID == correlationID else {
                throw ClientError.badAnswer("it answers request \(header.correlationID), not \(correlationID)")
            }
            return try Frame.readBody(Request.Response.self, frame, reader.position..<frame.count, version: version)
        } catch let error as ClientError {
            throw error
        } catch {
            throw .badAnswer("\(Request.api) version \(version): \(error)")
        }
    }

    /// The frame of the answer, without its length.
    private func roundTrip<Request: WireRequest>(
        _ request: Request, version: Int16, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> SharedBuffer {
        try layOut(request, version: version)
        do throws(ClientError) {
            try transport.write(writer.bytes.bytes, until: deadline)
            let head = SharedBuffer(capacity: Frame.lengthByteCount)
            try transport.read(Frame.lengthByteCount, into: head, until: deadline)
            let length = try frameLength(in: head)
            let frame = SharedBuffer(capacity: length)
            try transport.read(length, into: frame, until: deadline)
            return frame
        } catch .timedOut {
            throw .timedOut("\(Request.api) to \(address)")
        } catch {
            throw error
        }
    }

    /// Writes a request's frame into `writer`, under the next correlation id.
    func layOut<Request: WireRequest>(_ request: Request, version: Int16) throws(ClientError) {
        correlationID &+= 1
        writer.removeAll()
        do {
            try Frame.append(
                request, version: version, correlationID: correlationID, clientID: clientID, to: &writer)
        } catch {
            throw .badAnswer("\(Request.api) version \(version) cannot say that: \(error)")
        }
    }

    /// - Parameter head: the bytes before a frame.
    func frameLength(in head: SharedBuffer) throws(ClientError) -> Int {
        var reader = ByteReader()
        let length = Int((try? reader.read(Int32.self, from: head.bytes)) ?? -1)
        guard (4...ClientConnection.frameByteCountMax).contains(length) else {
            throw .badAnswer("a frame of \(length) bytes; is \(address) a Kafka broker?")
        }
        return length
    }

    // MARK: Beginning

    private func negotiate(until deadline: ContinuousClock.Instant) throws(ClientError) {
        var request = APIVersionsRequest()
        request.clientSoftwareName = "millrace"
        request.clientSoftwareVersion = "0.1"
        var version: Int16 = 3
        while true {
            let frame = try roundTrip(request, version: version, until: deadline)
            let answer = try readVersions(frame, version: version)
            if answer.error == .unsupportedVersion && version > 0 {
                // An old broker answers in version 0 and tells what it speaks (KIP-511).
                version = min(version - 1, answer.apiKeys.first { $0.apiKey == 18 }?.maxVersion ?? 0)
                continue
            }
            guard answer.error == .none else {
                throw .refused(answer.error, subject: "ApiVersions", message: nil)
            }
            for range in answer.apiKeys where range.minVersion <= range.maxVersion {
                versions[range.apiKey] = range.minVersion...range.maxVersion
            }
            for feature in answer.finalizedFeatures { features[feature.name] = feature.maxVersionLevel }
            return
        }
    }

    private func readVersions(_ frame: SharedBuffer, version: Int16) throws(ClientError) -> APIVersionsResponse {
        // The header of this answer is always version 0; an error says that the body is, too.
        do {
            var reader = WireReader(frame, 0..<frame.count, version: 0, isFlexible: false)
            let header: ResponseHeader = try reader.read()
            guard header.correlationID == correlationID else { throw WireError.truncated(field: "CorrelationId") }
            let body = reader.position..<frame.count
            var peek = ByteReader(position: body.lowerBound)
            let code = (try? peek.read(Int16.self, from: frame.bytes)) ?? 0
            let isRefusal = code == KafkaErrorCode.unsupportedVersion.rawValue
            return try Frame.readBody(APIVersionsResponse.self, frame, body, version: isRefusal ? 0 : version)
        } catch {
            throw .badAnswer("ApiVersions: \(error); is \(address) a Kafka broker?")
        }
    }

    // MARK: SASL

    private func authenticate(
        _ credentials: ClientCredentials, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        var handshake = SASLHandshakeRequest()
        handshake.mechanism = credentials.mechanism.rawValue
        let offered = try call(handshake, until: deadline)
        guard offered.error == .none else {
            throw .authentication(
                "the broker takes \(offered.mechanisms.joined(separator: ", ")), not \(handshake.mechanism)")
        }
        var dialogue = SASLDialogue(credentials)
        var incoming: [UInt8]? = nil
        while let outgoing = try dialogue.next(after: incoming) {
            var request = SASLAuthenticateRequest()
            request.authenticationBytes = outgoing
            let answer = try call(request, until: deadline)
            guard answer.error == .none else {
                throw .authentication(answer.errorMessage ?? "the broker does not take name or password")
            }
            incoming = answer.authenticationBytes
        }
    }
}
