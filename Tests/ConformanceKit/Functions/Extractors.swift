/// Timestamp extractors of scenarios that read the value or move the time (FORMAT.md); those that Kafka Streams has
/// built in are the runtime's own. Pure.
enum ScenarioExtractor: Sendable {
    case valueField(Int)
    case valueFieldOrSkip(Int)
    case valueFieldOrPartitionTime(Int)
    case shift(Int64)

    /// Nil for a name that is not one of these.
    init?(_ function: FunctionName) throws {
        switch function.name {
        case "valueField": self = .valueField(try function.index())
        case "valueFieldOrSkip": self = .valueFieldOrSkip(try function.index())
        case "valueFieldOrPartitionTime": self = .valueFieldOrPartitionTime(try function.index())
        case "shift": self = .shift(try function.number())
        default: return nil
        }
    }

    /// The record's time in milliseconds; a negative one drops the record.
    func timestamp(of value: String?, recordTime: Int64, partitionTime: Int64?) -> Int64 {
        switch self {
        case .valueField(let index): integer(field(index, of: value)) ?? recordTime
        case .valueFieldOrSkip(let index): integer(field(index, of: value)) ?? -1
        case .valueFieldOrPartitionTime(let index): integer(field(index, of: value)) ?? partitionTime ?? -1
        case .shift(let milliseconds): recordTime &+ milliseconds
        }
    }
}
