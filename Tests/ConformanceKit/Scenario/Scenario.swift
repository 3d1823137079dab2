/// One line of a conformance file: a topology, an input script and what Kafka Streams gave
/// (`shared/conformance/FORMAT.md`). Pure; made by `ScenarioParser`, run by `ScenarioRunner`.
public struct Scenario: Sendable {
    public var name: String
    public var category: String
    /// The rule that a hand-designed scenario shows.
    public var guarantees: String?
    public var configuration: [String: JSONValue]
    public var comparison: ComparisonLevel
    public var topics: [TopicDeclaration]
    public var steps: [Step]
    public var inputs: [Input]
    public var expected: Expected
}

extension Scenario {
    /// Results that are accidents of Kafka Streams' implementation, for information only (NOTES.md).
    public static let quirksCategory = "99-quirks"
    public var isQuirk: Bool { category == Scenario.quirksCategory }
}

/// How results are compared.
public enum ComparisonLevel: String, Sendable {
    /// Sequence by sequence.
    case exact
    /// What a table of the outputs would hold after each input.
    case state
}

public struct TopicDeclaration: Hashable, Sendable {
    public var name: String
    public var partitions: Int32
}

/// What happens to the application, in order.
public enum Input: Hashable, Sendable {
    case record(InputRecord)
    case advanceWallClock(milliseconds: Int64)
    /// An object of a kind that the format did not have when this was written.
    case unknown(String)
}

/// A record as it lies in the topic. Nil is null.
public struct InputRecord: Hashable, Sendable {
    public var topic: String
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var timestamp: Int64
    public var headers: [TextHeader]
}

public struct TextHeader: Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public var description: String { "\(name)=\(value)" }
}

/// What the real Kafka Streams gave.
public struct Expected: Sendable {
    public var outputs: [OutputRecord]
    /// Nil where the scenario does not say.
    public var stores: [String: [StoreRow]]?
    public var droppedRecords: Int?
    public var error: ExpectedError?
}

public enum ExpectedError: Hashable, Sendable {
    /// Refused when the topology is built or started.
    case atBuild
    /// The input of this index stops the application.
    case atInput(Int)
}

/// A record that came out. Peek and foreach report without a timestamp.
public struct OutputRecord: Hashable, Sendable {
    public var topic: String
    public var key: String?
    public var value: String?
    public var timestamp: Int64?
    public var headers: [TextHeader]
    /// Index of the input during which it came.
    public var afterInput: Int

    public init(
        topic: String, key: String?, value: String?, timestamp: Int64?, headers: [TextHeader] = [], afterInput: Int
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
        self.afterInput = afterInput
    }
}

extension OutputRecord: CustomStringConvertible {
    public var description: String {
        let time = timestamp.map { " @\($0)" } ?? ""
        let tail = headers.isEmpty ? "" : " \(headers)"
        return "\(key ?? "null") = \(value ?? "null")\(time)\(tail) after input \(afterInput)"
    }
}

/// One row of a key-value store at the end. Stores of processors have no timestamps.
public struct StoreRow: Hashable, Sendable, CustomStringConvertible {
    public var key: String
    public var value: String
    public var timestamp: Int64?

    public init(key: String, value: String, timestamp: Int64?) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
    }

    public var description: String { "\(key) = \(value)" + (timestamp.map { " @\($0)" } ?? "") }
}
