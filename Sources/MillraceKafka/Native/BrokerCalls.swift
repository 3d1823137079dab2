internal import MillraceBroker
internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// Calls that may block for long, so that the consumer's thread need not make them: connecting, and asking for leaders.
/// Each has a thread for the time that it takes; where all goes well there is none. Begun and taken by the consumer's
/// thread; does I/O.
final class BrokerCalls: Sendable {
    /// What came of a call.
    enum Outcome {
        case leaders(Result<MetadataResponse, ClientError>, of: Set<String>)
        case connected(Int32, ClientConnection)
        case notConnected(Int32, ClientError)
    }

    private let configuration: ClientConfiguration
    private let client: Monitor<ClusterClient>
    private let outcomes = Monitor<[Outcome]>([])
    /// Raised for each outcome.
    private let bell: any Wakeable

    /// Most time for the leaders, with repetitions.
    private static let leadersTimeout = Duration.seconds(10)

    init(_ configuration: ClientConfiguration, bell: any Wakeable) {
        self.configuration = configuration
        client = Monitor(ClusterClient(configuration))
        self.bell = bell
    }

    /// One at a time.
    func askLeaders(of topics: Set<String>) {
        begin {
            do throws(ClientError) {
                let answer = try self.client.withLock { client throws(ClientError) in
                    try client.leaders(of: topics, timeout: BrokerCalls.leadersTimeout)
                }
                return .leaders(.success(answer), of: topics)
            } catch {
                return .leaders(.failure(error), of: topics)
            }
        }
    }

    func connect(_ broker: Int32, to address: BrokerAddress) {
        begin {
            do throws(ClientError) {
                let deadline = ContinuousClock.now + self.configuration.connectTimeout
                return .connected(broker, try ClientConnection(address, self.configuration, until: deadline))
            } catch {
                return .notConnected(broker, error)
            }
        }
    }

    private func begin(_ call: @escaping @Sendable () -> Outcome) {
        _ = SystemThread.start(name: "kafka-call") {
            // Not under the lock: the caller's thread takes it with each poll.
            let outcome = call()
            self.outcomes.update { $0.append(outcome) }
            self.bell.raise()
        }
    }

    /// What has come since the last time.
    func takeOutcomes() -> [Outcome] {
        outcomes.withLock { outcomes in
            guard !outcomes.isEmpty else { return [] }
            defer { outcomes = [] }
            return outcomes
        }
    }
}
