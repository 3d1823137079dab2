/// A structure of Kafka's protocol. It names its fields once, in the order of the schema, and is thereby read,
/// written and compared with the schema. Pure.
///
///     public struct HeartbeatRequest: WireRequest {
///         public static let api = APIKey.heartbeat
///         public static let versions: ClosedRange<Int16> = 0...4
///         public static let flexibleSince: Int16? = 4
///
///         public var groupID = ""
///         public var generationID: Int32 = 0
///         public var memberID = ""
///         public var groupInstanceID: String?
///
///         public init() {}
///
///         public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
///             try wire.field("GroupId", &groupID)
///             try wire.field("GenerationId", &generationID)
///             try wire.field("MemberId", &memberID)
///             if wire.version >= 3 { try wire.field("GroupInstanceId", &groupInstanceID) }
///         }
///     }
public protocol WireStruct: Equatable, Sendable {
    /// All fields at the schema's defaults.
    init()

    /// Moves the fields, in the order of the schema. Tagged ones are not among them.
    mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError)

    /// The tags of tagged fields that differ from their defaults, ascending; only these are written. A field that the
    /// version lacks is not among them.
    func tagsToWrite(version: Int16) -> [UInt32]

    /// Moves the tagged field of this tag; false where the version has none such (a reader passes over it).
    mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool
}

extension WireStruct {
    public func tagsToWrite(version: Int16) -> [UInt32] { [] }

    public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool { false }
}

/// The body of a request or a response.
public protocol WireMessage: WireStruct {
    /// Which API it belongs to.
    static var api: APIKey { get }
    /// The versions that can be read and written.
    static var versions: ClosedRange<Int16> { get }
    /// The first flexible version (KIP-482); nil where there is none.
    static var flexibleSince: Int16? { get }
}

extension WireMessage {
    /// Whether this version has compact lengths and tagged fields.
    @inlinable
    public static func isFlexible(_ version: Int16) -> Bool { flexibleSince.map { version >= $0 } ?? false }
}

/// The body of a request.
public protocol WireRequest: WireMessage {
    /// The body that answers it.
    associatedtype Response: WireResponse
}

/// The body of a response.
public protocol WireResponse: WireMessage {}
