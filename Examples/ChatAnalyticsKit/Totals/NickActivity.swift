public import MillraceCore

/// How much one nick said, and on which days.
public struct NickActivity: Hashable, Sendable {
    public var messageCount: Int64
    /// Days with at least one message, ascending.
    public private(set) var activeDays: [ChatDay]

    public init(messageCount: Int64 = 0, activeDays: [ChatDay] = []) {
        self.messageCount = messageCount
        self.activeDays = activeDays
    }

    public var activeDayCount: Int { activeDays.count }

    /// Counts one message. Days may come in any order.
    public mutating func add(messageOn day: ChatDay) {
        messageCount += 1
        guard let last = activeDays.last else { return activeDays.append(day) }
        if day == last { return }
        if day > last { return activeDays.append(day) }
        let position = activeDays.firstIndex { $0 >= day } ?? activeDays.endIndex
        if activeDays[position] != day { activeDays.insert(day, at: position) }
    }
}

/// Varints: message count, number of days, the first day, then the distance of each day from the one before.
public struct NickActivitySerde: Serde {
    public init() {}

    public func serialize(_ value: NickActivity, into writer: inout ByteWriter) {
        writer.append(varint: value.messageCount)
        writer.append(varint: Int64(value.activeDays.count))
        var last: Int32 = 0
        for day in value.activeDays {
            writer.append(varint: Int64(day.daysSinceEpoch - last))
            last = day.daysSinceEpoch
        }
    }

    public func deserialize(_ bytes: RawSpan) throws -> NickActivity {
        var reader = ByteReader()
        let count = try reader.readVarint(from: bytes)
        let dayCount = try reader.readVarint(from: bytes)
        guard dayCount >= 0, dayCount <= bytes.byteCount else { throw SerdeError("\(dayCount) active days") }
        var days: [ChatDay] = []
        days.reserveCapacity(Int(dayCount))
        var last: Int64 = 0
        for _ in 0..<dayCount {
            last += try reader.readVarint(from: bytes)
            days.append(ChatDay(daysSinceEpoch: Int32(clamping: last)))
        }
        return NickActivity(messageCount: count, activeDays: days)
    }
}
