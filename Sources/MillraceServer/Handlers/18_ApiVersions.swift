internal import MillraceCore
internal import MillraceProtocol

/// ApiVersions: what this broker speaks (KIP-35, KIP-511, KIP-584). Pure; answered by the connection itself, since it
/// comes before authentication.
extension APIVersionsResponse {
    /// Features that clients and brokers agree on, with the versions that we speak. Without `transaction.version` 2
    /// Java stays with the first protocol of transactions, without `group.version` 1 it refuses the new consumer
    /// protocol.
    static let features: [(name: String, versions: ClosedRange<Int16>)] = [
        ("group.version", 0...1), ("transaction.version", 0...2),
    ]

    init(answering request: APIVersionsRequest, version: Int16, _ table: HandlerTable) {
        self.init()
        if version >= 3,
            !Self.isSoftwareName(request.clientSoftwareName)
                || !Self.isSoftwareName(request.clientSoftwareVersion)
        {
            error = .invalidRequest
            return
        }
        apiKeys = Self.ranges(table)
        guard version >= 3 else { return }
        for feature in Self.features {
            var finalized = FinalizedFeature()
            finalized.name = feature.name
            finalized.minVersionLevel = feature.versions.upperBound
            finalized.maxVersionLevel = feature.versions.upperBound
            finalizedFeatures.append(finalized)
            // Versions up to 3 cannot say 0 for the smallest version (KAFKA-17011): such a feature is left out there.
            if version < 4, feature.versions.lowerBound == 0 { continue }
            var supported = SupportedFeature()
            supported.name = feature.name
            supported.minVersion = feature.versions.lowerBound
            supported.maxVersion = feature.versions.upperBound
            supportedFeatures.append(supported)
        }
        finalizedFeaturesEpoch = 0
    }

    /// To a version that we do not know, in version 0: the client asks again in the largest one that is named.
    static func unsupportedVersion(_ table: HandlerTable) -> APIVersionsResponse {
        var response = APIVersionsResponse()
        response.error = .unsupportedVersion
        response.apiKeys = ranges(table).filter { $0.apiKey == APIKey.apiVersions.rawValue }
        return response
    }

    private static func ranges(_ table: HandlerTable) -> [VersionRange] {
        var served = table.served.map { (key: $0.api, versions: $0.versions) }
        served.append((.apiVersions, APIVersionsRequest.versions))
        served.append((.saslHandshake, SASLHandshakeRequest.versions))
        served.append((.saslAuthenticate, SASLAuthenticateRequest.versions))
        return served.sorted { $0.key.rawValue < $1.key.rawValue }.map { served in
            var range = VersionRange()
            range.apiKey = served.key.rawValue
            // librdkafka before 2.11.1 compresses only where it sees version 0 of Produce, though it does not use it
            // (KAFKA-18659).
            range.minVersion = served.key == .produce ? 0 : served.versions.lowerBound
            range.maxVersion = served.versions.upperBound
            return range
        }
    }

    /// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` (KIP-511).
    static func isSoftwareName(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        guard let first = name.utf8.first, let last = name.utf8.last, isAlphanumeric(first), isAlphanumeric(last)
        else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
