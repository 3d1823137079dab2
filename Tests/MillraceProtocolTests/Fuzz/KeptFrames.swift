import MillraceProtocol
import Testing
import WireFuzzKit

/// Frames that are worth trying again for ever, without the length before them. A frame on which something once went
/// wrong is added here.
struct KeptFrames: Sendable, CustomTestStringConvertible {
    let why: String
    let isSound: Bool
    let bytes: [UInt8]
    var response: (api: Int16, version: Int16)?

    var testDescription: String { why }

    /// Of a response by its number; requests say themselves what they are.
    var kind: MessageKind {
        let row = SupportedVersions.row(response?.api ?? 18)
        return MessageKind(
            request: row?.request ?? APIVersionsRequest.self, isRequest: response == nil,
            version: response?.version ?? 0)
    }

    private static func request(_ why: String, _ bytes: [UInt8], isSound: Bool = false) -> KeptFrames {
        KeptFrames(why: why, isSound: isSound, bytes: bytes)
    }

    /// Header of a request without a client id.
    private static func header(_ api: UInt8, _ version: UInt8) -> [UInt8] {
        [0, api, 0, version, 0, 0, 0, 1, 0xff, 0xff]
    }

    static let all: [KeptFrames] = [
        request("nothing at all", []),
        request("a header cut in the api version", [0, 18, 0]),
        request("an API that there is not", header(200, 0)),
        request("an API with a negative number", [0xff, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
        request("a version with a negative number", [0, 18, 0xff, 0xff, 0, 0, 0, 1, 0xff, 0xff]),
        request("a client id that is longer than the frame", [0, 18, 0, 0, 0, 0, 0, 1, 0x7f, 0xff]),
        request("a client id with a length of -2", [0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xfe]),
        request("ApiVersions 0 has no body", header(18, 0), isSound: true),
        request("ApiVersions 3 with four billion tags in its header", header(18, 3) + [0xff, 0xff, 0xff, 0xff, 0x0f]),
        request("a tag that claims four billion bytes", header(18, 3) + [1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        request("a varint that does not end", header(18, 3) + [UInt8](repeating: 0x80, count: 20)),
        request("Metadata for two billion topics", header(3, 1) + [0x7f, 0xff, 0xff, 0xff]),
        request("Metadata for -2 topics", header(3, 1) + [0xff, 0xff, 0xff, 0xfe]),
        request(
            "Produce with records of two billion bytes",
            header(0, 3) + [
                0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff,
            ]),
        request(
            "Produce with records that are no batch",
            header(0, 3) + [
                0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3,
            ],
            isSound: true),
        request(
            "Produce with null records",
            header(0, 3) + [
                0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
            ],
            isSound: true),
        request("the same tag twice", header(1, 12) + [0] + fetchTwice, isSound: true),
        KeptFrames(
            why: "a Fetch response with two billion aborted transactions", isSound: false,
            bytes: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 22)
                + [0x7f, 0xff, 0xff, 0xff],
            response: (1, 4)),
        KeptFrames(
            why: "a response that is only a correlation id", isSound: false, bytes: [0, 0, 0, 1], response: (3, 12)),
    ]

    /// A Fetch request 12 whose cluster id comes twice.
    private static let fetchTwice: [UInt8] =
        [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
        + [2, 0, 2, 2, 0x61, 0, 2, 2, 0x62]
}
