public import MillraceCore

/// The operators of one task, put together from a `Topology`: what `StreamTask` drives. It does no I/O of its own and
/// is owned by the task's stream thread, as are all operators in it.
public final class TaskTopology {
    /// In the order in which records with equal timestamps are taken: sources that feed tables first, then streams,
    /// each in the order in which they were added (SEMANTICS A7).
    public let sources: [TaskSource]
    private let emissions: [() throws -> Void]
    private let starts: [() throws -> Void]
    private let closes: [() -> Void]
    private let timeSteps: [TimeStep]
    private let endOfEmissions: () -> Void
    private let emissionBegins: [() -> Void]

    /// - Parameters:
    ///   - emissions: what coalescing operators forward before a commit, parents before children.
    ///   - starts: called once, parents before children.
    ///   - closes: called when the task closes.
    ///   - sources: what is read.
    public convenience init(
        sources: [TaskSource], emissions: [() throws -> Void], starts: [() throws -> Void], closes: [() -> Void]
    ) {
        self.init(
            sources: sources, emissions: emissions, starts: starts, closes: closes, timeSteps: [],
            emissionBegins: [])
    }

    /// - Parameters:
    ///   - timeSteps: what replaces the emissions when time has moved without a record, parents before children.
    ///   - emissionBegins: called before either.
    ///   - endOfEmissions: called when all of them have run.
    init(
        sources: [TaskSource], emissions: [() throws -> Void], starts: [() throws -> Void], closes: [() -> Void],
        timeSteps: [TimeStep], emissionBegins: [() -> Void], endOfEmissions: @escaping () -> Void = {}
    ) {
        self.sources = sources
        self.emissions = emissions
        self.starts = starts
        self.closes = closes
        self.timeSteps = timeSteps
        self.endOfEmissions = endOfEmissions
        self.emissionBegins = emissionBegins
    }

    /// Starts processors (their `init(context)`), once the stores are restored.
    public func start() throws { for start in starts { try start() } }

    /// Forwards what coalescing operators hold back, before each commit.
    /// - Parameter time: that the task has reached without a record; nil where it has not.
    public func runEmissions(telling time: Timestamp? = nil) throws {
        defer { endOfEmissions() }
        for begin in emissionBegins { begin() }
        guard let time, !timeSteps.isEmpty else {
            for emit in emissions { try emit() }
            return
        }
        try timeSteps.run(time)
    }

    /// Whether any operator coalesces.
    public var hasEmissions: Bool { !emissions.isEmpty }

    /// Closes what stands: all processors, or after a `start` that failed those before it.
    public func close() { for close in closes { close() } }
}

/// One topic that a task reads.
public struct TaskSource {
    /// The topic's full name.
    public let topic: String
    /// Whether its records update a table; such sources win ties.
    public let feedsTable: Bool
    /// Makes a receiver for one partition queue; they share the operators behind them.
    public let makeReceiver: () throws -> SourceReceiver

    /// A topic with a maker of receivers.
    public init(topic: String, feedsTable: Bool, makeReceiver: @escaping () throws -> SourceReceiver) {
        self.topic = topic
        self.feedsTable = feedsTable
        self.makeReceiver = makeReceiver
    }
}
