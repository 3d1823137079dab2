internal import MillraceCore

/// The tagged fields of an entry of `__transaction_state`; the table is at `TransactionLogCodec`. Pure.
struct TransactionLogTags {
    private static let clientVersionTag: UInt64 = 2
    private static let ownTag: UInt64 = 1_000
    private static let ownVersion: Int8 = 1
    private static let sharedFlag: Int8 = 1
    private static let checkpointFlag: Int8 = 2
    /// Bytes of the own field before and in each start.
    private static let ownHeadBytes = 16
    private static let startBytes = 16

    private var clientVersion = TransactionVersion.v1
    private var previousProducer = ProducerIdentity.none
    private var isEpochShared = false
    private var isCheckpoint = false
    private var starts: [TransactionStart] = []

    init(_ metadata: TransactionMetadata) {
        clientVersion = metadata.clientVersion
        previousProducer = metadata.previousProducer
        isEpochShared = metadata.isEpochShared
        isCheckpoint = metadata.isCheckpoint
        starts = metadata.starts
    }

    func apply(to metadata: inout TransactionMetadata) {
        metadata.clientVersion = clientVersion
        metadata.previousProducer = previousProducer
        metadata.isEpochShared = isEpochShared
        metadata.isCheckpoint = isCheckpoint
        metadata.starts = starts
    }

    private var hasOwnField: Bool {
        !previousProducer.isNone || isEpochShared || isCheckpoint || !starts.isEmpty
    }

    // MARK: Writing

    func write(into writer: inout ByteWriter) {
        writer.append(unsignedVarint: (clientVersion == .v1 ? 0 : 1) + (hasOwnField ? 1 : 0))
        if clientVersion != .v1 {
            writer.append(unsignedVarint: Int(Self.clientVersionTag))
            writer.append(unsignedVarint: 2)
            writer.append(clientVersion.rawValue)
        }
        guard hasOwnField else { return }
        writer.append(unsignedVarint: Int(Self.ownTag))
        writer.append(unsignedVarint: Self.ownHeadBytes + Self.startBytes * starts.count)
        writer.append(Self.ownVersion)
        writer.append((isEpochShared ? Self.sharedFlag : 0) | (isCheckpoint ? Self.checkpointFlag : 0))
        writer.append(previousProducer.id)
        writer.append(previousProducer.epoch)
        writer.append(Int32(starts.count))
        for start in starts {
            writer.append(start.incarnation)
            writer.append(start.offset)
        }
    }

    // MARK: Reading

    init(_ reader: inout ByteReader, _ bytes: RawSpan) throws {
        var count = try reader.readUnsignedVarint(from: bytes)
        while count > 0 {
            let tag = try reader.readUnsignedVarint(from: bytes)
            let size = Int(clamping: try reader.readUnsignedVarint(from: bytes))
            let field = bytes.extracting(try reader.readRange(size, from: bytes))
            switch tag {
            case Self.clientVersionTag: clientVersion = try Self.readClientVersion(field)
            case Self.ownTag: try readOwn(field)
            default: break
            }
            count -= 1
        }
    }

    /// Kafka's version 1 differs from 0 in nothing that is seen here.
    private static func readClientVersion(_ field: RawSpan) throws -> TransactionVersion {
        var reader = ByteReader()
        let level: Int16 = try reader.read(from: field)
        return level >= TransactionVersion.v2.rawValue ? .v2 : .v1
    }

    private mutating func readOwn(_ field: RawSpan) throws {
        var reader = ByteReader()
        let version: Int8 = try reader.read(from: field)
        guard version == Self.ownVersion else { throw RecordError.malformed("transaction tag of version \(version)") }
        let flags: Int8 = try reader.read(from: field)
        isEpochShared = flags & Self.sharedFlag != 0
        isCheckpoint = flags & Self.checkpointFlag != 0
        let previousID: Int64 = try reader.read(from: field)
        previousProducer = ProducerIdentity(id: previousID, epoch: try reader.read(from: field))
        var count: Int32 = try reader.read(from: field)
        while count > 0 {
            let incarnation: Int64 = try reader.read(from: field)
            starts.append(TransactionStart(incarnation: incarnation, offset: try reader.read(from: field)))
            count -= 1
        }
    }
}

extension ByteWriter {
    /// Seven bits a byte, the lowest first, as in Kafka's compact forms.
    mutating func append(unsignedVarint value: Int) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
