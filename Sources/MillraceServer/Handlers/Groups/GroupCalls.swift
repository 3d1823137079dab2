internal import MillraceBroker
internal import MillraceCore

/// How handlers ask group coordinators. No I/O of its own; on the threads of loops, which the coordinators do not hold
/// up: what they log is written, not synced.
extension Broker {
    /// Asks what is answered at once; what goes wrong with the log is an answer too.
    func ask(_ request: GroupRequest, group: String) -> Result<GroupResponse, BrokerError> {
        do throws(BrokerError) { return .success(try call(request, group: group)) } catch { return .failure(error) }
    }

    /// Asks what may be answered when other members have spoken.
    ///
    /// - Parameter answer: called once, on any thread, under a coordinator's lock; with an error where the coordinator
    ///   could not be asked.
    func ask(
        _ request: GroupRequest, group: String,
        answer: @escaping @Sendable (Result<GroupResponse, BrokerError>) -> Void
    ) {
        do throws(BrokerError) {
            _ = try submit(request, group: group, to: GroupAnswer(answer))
        } catch {
            answer(.failure(error))
        }
    }
}

/// Hands one answer of a group coordinator on. The coordinator keeps it until then.
private final class GroupAnswer: GroupReplyReceiver {
    private let answer: @Sendable (Result<GroupResponse, BrokerError>) -> Void

    init(_ answer: @escaping @Sendable (Result<GroupResponse, BrokerError>) -> Void) { self.answer = answer }

    func put(_ reply: GroupReply) { answer(.success(reply.response)) }
}

extension Duration {
    /// What the wire says in milliseconds; less than none is none.
    init(wireMilliseconds: Int32) { self = .milliseconds(Int64(max(0, wireMilliseconds))) }
}
