import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

/// Each API that is advertised answers a request with nothing in it, in each version: what an answer may not say in a
/// version (null, most often) would close the connection.
@Suite("Every version of every API")
struct EveryVersionTests {
    @Test("what ApiVersions advertises is what has a handler, and the other way round")
    func advertised() throws {
        let server = try TestServer(onDisk: false)
        let response = try server.client().ask(APIVersionsRequest(), version: 0)
        let served = Set(response.apiKeys.map(\.apiKey))
        let spoken = Set(SupportedVersions.rows.map(\.api.rawValue))
        #expect(served.subtracting(spoken).isEmpty)
        #expect(spoken.subtracting(served) == Self.unserved, "of those that can be read")
        for row in response.apiKeys {
            guard let supported = SupportedVersions.row(row.apiKey) else { continue }
            #expect(row.minVersion >= supported.advertised.lowerBound, "api \(row.apiKey)")
            #expect(row.maxVersion <= supported.advertised.upperBound, "api \(row.apiKey)")
        }
    }

    /// Read by clients of ours, not served: users of SCRAM and features come from where the broker is started.
    private static let unserved: Set<Int16> = [50, 51, 57]

    @Test("an empty request is answered", arguments: SupportedVersions.rows.map(\.api.rawValue))
    func empty(apiKey: Int16) throws {
        guard !Self.unserved.contains(apiKey), apiKey != APIKey.saslHandshake.rawValue,
            apiKey != APIKey.saslAuthenticate.rawValue, let row = SupportedVersions.row(apiKey)
        else { return }
        let server = try TestServer(onDisk: false)
        try ask(row.request, of: server)
    }

    private func ask<Request: WireRequest>(_ type: Request.Type, of server: TestServer) throws {
        let client = try server.client()
        for version in Request.versions {
            // acks=0, which an empty Produce says, is never answered.
            if Request.api == .produce { continue }
            do {
                _ = try client.ask(Request(), version: version)
            } catch {
                Issue.record("\(Request.api) version \(version): \(error)")
                return
            }
        }
    }
}
