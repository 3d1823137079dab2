public import MillraceCore

/// AlterClientQuotas, versions 0 to 1: sets or removes quotas (KIP-546).
public struct AlterClientQuotasRequest: WireRequest {
    public typealias Response = AlterClientQuotasResponse

    public static let api = APIKey.alterClientQuotas
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    public var entries: [Entry] = []
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Entries", &entries)
        try wire.field("ValidateOnly", &validateOnly)
    }
}

extension AlterClientQuotasRequest {
    public struct Entry: WireStruct {
        public var entity: [EntityPart] = []
        public var operations: [Operation] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.array("Entity", &entity)
            try wire.array("Ops", &operations)
        }
    }

    public struct EntityPart: WireStruct {
        public var entityType = ""
        public var entityName: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("EntityType", &entityType)
            try wire.field("EntityName", &entityName)
        }
    }

    public struct Operation: WireStruct {
        public var key = ""
        public var value: Double = 0
        public var remove = false

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Key", &key)
            try wire.field("Value", &value)
            try wire.field("Remove", &remove)
        }
    }
}

/// An error for each entity.
public struct AlterClientQuotasResponse: WireResponse {
    public static let api = APIKey.alterClientQuotas
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var entries: [Entry] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Entries", &entries)
    }
}

extension AlterClientQuotasResponse {
    public struct Entry: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var entity: [EntityPart] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.array("Entity", &entity)
        }
    }

    public struct EntityPart: WireStruct {
        public var entityType = ""
        public var entityName: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("EntityType", &entityType)
            try wire.field("EntityName", &entityName)
        }
    }
}
