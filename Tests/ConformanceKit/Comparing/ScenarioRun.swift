/// What a run of a scenario gave, to be compared with what Kafka Streams gave. Pure.
public struct ScenarioRun: Sendable {
    public var outputs: [OutputRecord] = []
    /// The stores that the scenario expects, by name.
    public var stores: [String: [StoreRow]] = [:]
    public var droppedRecords = 0
    /// Where the application was refused or stopped.
    public var error: RunError?

    public init() {}
}

public struct RunError: Sendable {
    public var place: ExpectedError
    public var message: String

    public init(_ place: ExpectedError, _ message: String) {
        self.place = place
        self.message = message
    }
}

/// The first difference between what was expected and what came.
public struct Difference: Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
