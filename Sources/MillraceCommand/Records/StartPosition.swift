internal import MillraceCore

/// Where reading a partition begins. Pure.
enum StartPosition: Hashable, Sendable {
    case beginning
    case end
    case offset(Int64)
    /// So many records before the end.
    case last(Int64)
    case time(Timestamp)

    /// `beginning`, `end`, `42`, `-10`, `2026-11-26T22:50:00`.
    init?(_ text: String) {
        switch text {
        case "beginning", "earliest": self = .beginning
        case "end", "latest": self = .end
        default:
            if let number = Int64(text) {
                guard number != .min else { return nil }
                self = number < 0 ? .last(-number) : .offset(number)
            } else if let time = DateTimeText.parse(text) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }
}

extension ValueKind where Value == StartPosition {
    static let start = ValueKind("beginning, end, an offset, -N for the last N, or a time such as 2026-11-26T22:50:00")
    {
        StartPosition($0)
    }
}
