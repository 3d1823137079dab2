internal import MillraceBroker
internal import MillraceCore
internal import MillraceLog
internal import MillraceNetwork
internal import MillraceProtocol

/// The fetches of the connections of one loop, and those of them that wait for records (long polls). Used on the
/// loop's thread.
///
/// A fetch is answered when there are as many bytes as it wants at least, when something is wrong, or when its time is
/// over. Until then it is parked, and looked at again whenever one of its partitions has changed.
///
/// There are no fetch sessions (KIP-227): the answer names session 0, and every client then asks in full.
final class FetchService {
    private struct Parked {
        let plan: FetchPlan
        let context: RequestContext
        let ticket: AnswerTicket
        let watches: [PartitionWatch]
    }

    /// Slices of up to so many bytes are copied into the answer: one call of the system less.
    static let copiedBytesMax = 16 << 10

    private let environment: ServerEnvironment
    private let mailbox: LoopMailbox
    private var parked: [UInt64: Parked] = [:]
    private var nextNumber: UInt64 = 0
    private var deadlines = DeadlineHeap()
    private var watches: [ObjectIdentifier: PartitionWatch] = [:]
    /// By watch: the fetches that wait for it.
    private var waiting: [ObjectIdentifier: Set<UInt64>] = [:]

    init(_ environment: ServerEnvironment, mailbox: LoopMailbox) {
        self.environment = environment
        self.mailbox = mailbox
    }

    /// When a parked fetch has to be answered.
    var nextDeadline: MonotonicTime? { deadlines.next }
    var parkedCount: Int { parked.count }

    func begin(
        _ request: FetchRequest, _ context: RequestContext, _ ticket: AnswerTicket, _ connection: Connection,
        _ loop: ServerLoop
    ) {
        guard request.sessionID == 0 else {
            var response = FetchResponse()
            response.error = .fetchSessionIDNotFound
            return answer(response, [], context, ticket, loop)
        }
        let plan = FetchPlan(request, version: context.apiVersion, broker: environment.broker)
        var found = plan.evaluate()
        let waits = request.maxWaitMilliseconds > 0 && !loop.isDraining
        if waits, !isEnough(found, plan) {
            let deadline = loop.now.advanced(by: .milliseconds(Int(request.maxWaitMilliseconds)))
            let number = park(plan, context, ticket, deadline)
            // What came before the watches were armed is seen here, what comes later is told.
            found = plan.evaluate()
            guard isEnough(found, plan) else { return }
            unpark(number)
        }
        answer(found.response, found.slices, context, ticket, loop)
    }

    private func isEnough(_ found: FetchPlan.Found, _ plan: FetchPlan) -> Bool {
        found.hasError || found.hasMore || found.byteCount >= plan.bytesMin
    }

    /// A partition has changed.
    func changed(_ watch: PartitionWatch, _ loop: ServerLoop) {
        guard let numbers = waiting[ObjectIdentifier(watch)], !numbers.isEmpty else { return }
        watch.arm()
        for number in numbers.sorted() {
            guard let fetch = parked[number] else { continue }
            let found = fetch.plan.evaluate()
            guard isEnough(found, fetch.plan) else { continue }
            unpark(number)
            answer(found.response, found.slices, fetch.context, fetch.ticket, loop)
        }
    }

    /// Answers those whose time is over.
    func expire(at now: MonotonicTime, _ loop: ServerLoop) {
        while let number = deadlines.popDue(at: now) { answerParked(number, loop) }
        deadlines.prune { parked[$0] != nil }
    }

    /// Answers all, with what there is.
    func answerAll(_ loop: ServerLoop) {
        for number in parked.keys.sorted() { answerParked(number, loop) }
    }

    private func answerParked(_ number: UInt64, _ loop: ServerLoop) {
        guard let fetch = parked[number] else { return }
        unpark(number)
        let found = fetch.plan.evaluate()
        answer(found.response, found.slices, fetch.context, fetch.ticket, loop)
    }

    // MARK: Parking

    private func park(
        _ plan: FetchPlan, _ context: RequestContext, _ ticket: AnswerTicket, _ deadline: MonotonicTime
    ) -> UInt64 {
        nextNumber += 1
        let watches = plan.partitions.map { watch(on: $0) }
        for watch in watches {
            waiting[ObjectIdentifier(watch), default: []].insert(nextNumber)
            watch.arm()
        }
        parked[nextNumber] = Parked(plan: plan, context: context, ticket: ticket, watches: watches)
        deadlines.insert(nextNumber, at: deadline)
        return nextNumber
    }

    private func watch(on partition: Partition) -> PartitionWatch {
        let key = ObjectIdentifier(partition)
        if let known = watches[key] { return known }
        let watch = PartitionWatch(partition, mailbox: mailbox)
        watches[key] = watch
        return watch
    }

    private func unpark(_ number: UInt64) {
        guard let fetch = parked.removeValue(forKey: number) else { return }
        for watch in fetch.watches { waiting[ObjectIdentifier(watch)]?.remove(number) }
    }

    /// The connection is closed: its fetches need no answer.
    func forget(connection: UInt64) {
        for (number, fetch) in parked where fetch.ticket.connection == connection { unpark(number) }
    }

    /// Gives up watches that nobody has needed.
    func sweep() {
        for (key, watch) in watches where waiting[ObjectIdentifier(watch)]?.isEmpty ?? true {
            watch.end()
            watches[key] = nil
            waiting[ObjectIdentifier(watch)] = nil
        }
    }

    func stop() {
        for watch in watches.values { watch.end() }
        watches = [:]
        waiting = [:]
        parked = [:]
    }

    // MARK: Answering

    private func answer(
        _ response: FetchResponse, _ records: [LogSlice], _ context: RequestContext, _ ticket: AnswerTicket,
        _ loop: ServerLoop
    ) {
        guard let connection = loop.connections[ticket.connection] else { return }
        var copies: SharedBuffer?
        defer { if let copies { loop.buffers.giveBack(copies) } }
        var slices: [AnswerSlice] = []
        slices.reserveCapacity(records.count)
        for slice in records {
            guard slice.byteCount <= Self.copiedBytesMax else {
                slices.append(
                    .file(FileSlice(file: slice.file, position: slice.position, byteCount: slice.byteCount)))
                continue
            }
            let copy = copies ?? loop.buffers.take(capacity: slice.byteCount)
            copies = copy
            let start = copy.count
            do {
                try copy.fill { writer throws(LogError) in try slice.read(into: &writer) }
            } catch {
                return loop.close(connection, reason: "\(error)")
            }
            slices.append(.bytes(copy, start..<copy.count))
        }
        if let reason = connection.talk.complete(
            ticket, response, slices: slices, context: context, &loop.writer, loop.buffers)
        {
            return loop.close(connection, reason: reason)
        }
        loop.answered(connection)
    }
}
