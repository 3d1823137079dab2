package import MillraceProtocol
internal import Synchronization

/// The answer that a request waits for. Completed once, from any thread, at once or later; answers go out in the order
/// of the connection's requests, whenever they are completed. One that is dropped without an answer closes the
/// connection, so that the client does not wait for ever.
package final class Reply<Response: WireResponse>: Sendable {
    private let ticket: AnswerTicket
    private let version: Int16
    private let correlationID: Int32
    private let isDone = Atomic<Bool>(false)

    init(_ ticket: AnswerTicket, version: Int16, correlationID: Int32) {
        self.ticket = ticket
        self.version = version
        self.correlationID = correlationID
    }

    deinit {
        if !isDone.load(ordering: .acquiring) {
            ticket.deliver(.close("\(Response.api) was not answered"))
        }
    }

    /// Answers.
    package func complete(_ response: Response) {
        finish(.encode(AnswerEncoder(response, version: version, correlationID: correlationID)))
    }

    /// Says that this request gets no answer (Produce with acks=0).
    package func omit() { finish(.nothing) }

    /// Closes the connection, with a reason for the log.
    package func close(_ reason: String) { finish(.close(reason)) }

    private func finish(_ outcome: AnswerOutcome) {
        let isFirst = !isDone.exchange(true, ordering: .acquiringAndReleasing)
        precondition(isFirst, "\(Response.api) is answered twice")
        ticket.deliver(outcome)
    }
}

/// Writes one response, as a frame, in the version of its request.
struct AnswerEncoder: Sendable {
    let write: @Sendable (inout WireWriter) throws(WireError) -> Void

    init<Response: WireResponse>(_ response: Response, version: Int16, correlationID: Int32) {
        write = { (writer: inout WireWriter) throws(WireError) in
            try Frame.append(response, version: version, correlationID: correlationID, to: &writer)
        }
    }
}

/// What becomes of a request.
enum AnswerOutcome: Sendable {
    case encode(AnswerEncoder)
    case nothing
    case close(String)
}

/// Which request an answer belongs to, and the loop that its connection lives on.
struct AnswerTicket: Sendable {
    let mailbox: LoopMailbox
    let connection: UInt64
    /// The number of the request among those of its connection.
    let sequence: UInt64

    func deliver(_ outcome: AnswerOutcome) {
        mailbox.post(.answer(connection: connection, sequence: sequence, outcome))
    }
}
