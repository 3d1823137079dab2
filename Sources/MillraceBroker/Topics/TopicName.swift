/// Kafka's rules for topic names (`Topic.validate`): 1 to 249 of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`.
/// Pure.
package enum TopicName {
    package static let lengthMax = 249
    package static let transactionState = "__transaction_state"
    package static let consumerOffsets = "__consumer_offsets"

    /// Says what is wrong with a name; nil where nothing is.
    package static func complaint(about name: String) -> String? {
        if name.isEmpty { return "a topic name cannot be empty" }
        if name == "." || name == ".." { return "a topic cannot be called '\(name)'" }
        if name.utf8.count > lengthMax { return "a topic name has at most \(lengthMax) characters: '\(name)'" }
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                continue
            default:
                return "a topic name has only letters, digits, '.', '_' and '-': '\(name)'"
            }
        }
        return nil
    }

    /// Topics that only the broker writes to.
    package static func isInternal(_ name: String) -> Bool {
        name == transactionState || name == consumerOffsets
    }
}
