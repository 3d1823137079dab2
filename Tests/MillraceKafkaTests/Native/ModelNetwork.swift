import MillraceClient
import MillraceCluster
import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing

@testable import MillraceKafka

/// Runs `PartitionFetches` against a `ModelCluster`: answers and connections take their time, and some do not come.
/// What is polled is held to the logs at once.
final class ModelNetwork {
    private enum Event {
        case leaders(Set<String>)
        case connected(Int32)
        case answer(Int32, FetchRequest, Int16?)
    }

    var fetches: PartitionFetches
    var cluster: ModelCluster
    var dice: SeededGenerator
    var now = MonotonicTime(milliseconds: 1_000)
    /// How seldom something does not come; 0 for never.
    var lossChances = 0
    private(set) var requests = 0
    private(set) var questions = 0
    private(set) var connects = 0
    private var events: [(time: MonotonicTime, event: Event)] = []
    private var pool = BufferPool()
    private let seed: UInt64

    init(
        partitions: [TopicPartition], isolation: IsolationLevel, limits: FetchLimits, tellsIDs: Bool = true,
        seed: UInt64
    ) {
        self.seed = seed
        dice = SeededGenerator(seed: seed)
        cluster = ModelCluster(partitions, isolation: isolation, tellsIDs: tellsIDs, &dice)
        fetches = PartitionFetches(limits, entropy: SeededEntropy(seed: seed))
    }

    /// One round of the reader: what has come, a poll, the next requests.
    func round(after milliseconds: Int64) -> [FetchedBatches] {
        now = now.advanced(by: .milliseconds(milliseconds))
        let due = events.filter { $0.time <= now }
        events.removeAll { $0.time <= now }
        for (_, event) in due { arrive(event) }
        let taken = fetches.takeHeld()
        fetches.setApart(&pool)
        step()
        return taken.compactMap { check($0) }
    }

    private func arrive(_ event: Event) {
        let isLost = dice.once(in: lossChances)
        switch event {
        case .leaders(let topics):
            fetches.learn(
                isLost ? .failure(.unreachable("any", reason: "dice")) : .success(cluster.metadata(of: topics)),
                of: topics, now: now)
        case .connected(let broker):
            if isLost {
                fetches.notConnected(broker, .unreachable("broker", reason: "dice"), now: now)
            } else {
                fetches.connected(broker)
            }
        case .answer(let broker, let request, let newest):
            guard !isLost else { return fetches.lost(broker, now: now) }
            let (answer, frame) = cluster.answer(request, newest: newest, by: broker, &dice)
            fetches.take(answer, in: frame, from: broker, now: now)
        }
    }

    private func step() {
        while true {
            let actions = fetches.step(now: now)
            if actions.isEmpty { break }
            for action in actions { perform(action) }
        }
        // Nothing would end the reader's sleep.
        let isWaiting = fetches.partitions.contains { $0.wantsRecords }
        #expect(!isWaiting || !events.isEmpty || fetches.nextStep != nil, "seed \(seed)")
    }

    private func perform(_ action: PartitionFetches.Action) {
        let time = now.advanced(by: .milliseconds(Int64.random(in: 1...10, using: &dice)))
        switch action {
        case .askLeaders(let topics):
            questions += 1
            events.append((time, .leaders(topics)))
        case .connect(let broker, _):
            connects += 1
            events.append((time, .connected(broker)))
        case .disconnect(let broker):
            events.removeAll { if case .answer(broker, _, _) = $0.event { true } else { false } }
        case .send(let request, let newest, let broker):
            requests += 1
            let isBusy = events.contains { if case .answer(broker, _, _) = $0.event { true } else { false } }
            #expect(!isBusy, "two requests under way to broker \(broker), seed \(seed)")
            events.append((time, .answer(broker, request, newest)))
        }
    }

    /// Everything that a reader is to see of what the fetch passes, in order, and nothing else.
    private func check(_ records: FetchedRecords) -> FetchedBatches? {
        do {
            let fetched = try RecordSelection.select(from: records, checksChecksums: true, pool: &pool)
            let offsets = try Sent.all(in: fetched).map(\.offset)
            let values = try Sent.all(in: fetched).map { String(decoding: $0.value ?? [], as: UTF8.self) }
            let range = fetched.startOffset.rawValue..<fetched.nextOffset.rawValue
            let wanted = cluster.logs[fetched.partition]?.visible(range, cluster.isolation)
            #expect(offsets == wanted, "\(fetched.partition) \(range), seed \(seed)")
            #expect(values == offsets.map { "\($0)" }, "seed \(seed)")
            return fetched
        } catch {
            Issue.record("\(error), seed \(seed)")
            return nil
        }
    }
}
