internal import MillraceBroker
internal import MillraceCore

/// How key and value of a record are read: as bytes, or as what Kafka keeps in its own topics. Pure.
enum RecordDecoder: Hashable, Sendable {
    case plain
    /// `__consumer_offsets`.
    case offsets
    /// `__transaction_state`.
    case transactions

    /// Bytes where they are not what was expected, and why.
    func members(key: [UInt8]?, value: [UInt8]?) -> [(String, JSON)] {
        let plain = [("key", Self.shown(key)), ("value", Self.shown(value))]
        do {
            switch self {
            case .plain: return plain
            case .offsets: return Self.members(of: try GroupLogEntry.decode(key: key ?? [], value: value))
            case .transactions:
                let bytes = (key ?? []) + (value ?? [])
                let keyEnd = key?.count ?? 0
                let entry = try TransactionLogCodec.read(
                    key: 0..<keyEnd, value: value.map { _ in keyEnd..<bytes.count }, in: bytes.span.bytes)
                return Self.members(of: entry)
            }
        } catch {
            return plain + [("unreadable", JSON("\(error)"))]
        }
    }

    private static func shown(_ bytes: [UInt8]?) -> JSON { bytes.map { JSON(BytesText.shown($0)) } ?? .null }

    private static func members(of entry: GroupLogEntry) -> [(String, JSON)] {
        let group = [("group", JSON(entry.groupID))]
        switch entry {
        case .offset(_, let partition, let value):
            let place = group + [("partition", JSON("\(partition)"))]
            guard let value else { return place + [("deleted", .bool(true))] }
            return place + [
                ("position", JSON(value.offset.rawValue)),
                ("committedAt", JSON(value.commitTimestamp.millisecondsSinceEpoch)),
                ("metadata", value.metadata.isEmpty ? .null : JSON(value.metadata)),
            ]
        case .group(_, let value):
            guard let value else { return group + [("deleted", .bool(true))] }
            return group + [
                ("generation", JSON(value.generation)), ("protocolType", JSON(value.protocolType)),
                ("protocol", JSON(value.protocolName)), ("leader", JSON(value.leaderID)),
                ("members", JSON(value.members.count)),
            ]
        case .consumer(_, let entry): return group + [("entry", JSON("\(entry)"))]
        }
    }

    private static func members(of entry: TransactionLogCodec.Entry) -> [(String, JSON)] {
        switch entry {
        case .remove(let id): return [("transactionalId", JSON(id)), ("deleted", .bool(true))]
        case .set(let state):
            return [
                ("transactionalId", JSON(state.transactionalID)), ("state", JSON(state.status.name)),
                ("producerId", JSON(state.producer.id)), ("producerEpoch", JSON(state.producer.epoch)),
                ("timeoutMs", JSON(state.timeoutMilliseconds)),
                (
                    "partitions",
                    state.partitions.isEmpty ? .null : JSON(state.partitions.map { "\($0)" }.joined(separator: " "))
                ),
                ("updatedAt", JSON(state.updatedAt.millisecondsSinceEpoch)),
            ]
        }
    }
}
