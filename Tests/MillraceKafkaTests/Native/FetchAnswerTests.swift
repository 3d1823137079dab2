import MillraceClient
import MillraceCluster
import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing

@testable import MillraceKafka

@Suite("One partition's answers, one by one")
struct FetchAnswerTests {
    private let id = TopicPartition("a", 0)

    /// Has asked broker 1 for offset 0, and waits.
    private func asking(
        from offset: Int64 = 0, isolation: IsolationLevel = .readCommitted
    ) -> PartitionFetches {
        var limits = FetchLimits(pollBytes: 1 << 20, partitionBytes: 1 << 20, isolation: isolation)
        limits.retry.first = .milliseconds(50)
        var fetches = PartitionFetches(limits, entropy: SeededEntropy(seed: 1))
        fetches.assign([id])
        _ = fetches.seek(id, to: offset)
        _ = fetches.step(now: now)
        var dice = SeededGenerator(seed: 1)
        var cluster = ModelCluster([id], isolation: isolation, tellsIDs: true, &dice)
        cluster.leaders[id] = 1
        fetches.learn(.success(cluster.metadata(of: ["a"])), of: ["a"], now: now)
        _ = fetches.step(now: now)
        fetches.connected(1)
        _ = fetches.step(now: now)
        return fetches
    }

    private let now = MonotonicTime(milliseconds: 1_000)

    private func log(_ count: Int) -> ModelLog {
        var dice = SeededGenerator(seed: 2)
        var log = ModelLog()
        for _ in 0..<count { log.append(count: 2, producer: nil, &dice) }
        return log
    }

    private func take(
        _ entry: FetchResponse.Partition, _ frame: SharedBuffer, into fetches: inout PartitionFetches
    ) {
        var topic = FetchResponse.Topic()
        topic.name = "a"
        topic.partitions = [entry]
        var answer = FetchResponse()
        answer.topics = [topic]
        fetches.take(answer, in: frame, from: 1, now: now)
    }

    private func answer(_ log: ModelLog, from offset: Int64, to fetches: inout PartitionFetches) {
        let frame = SharedBuffer(capacity: 64)
        let entry = log.fetch(
            from: offset, maxBytes: 1 << 20, comesWhole: true, fetches.limits.isolation, endsTorn: false, into: frame)
        take(entry, frame, into: &fetches)
    }

    @Test("an answer for a place that was left is dropped", arguments: ["seek", "assign", "both"])
    func moved(how: String) {
        var fetches = asking()
        if how != "seek" {
            fetches.assign([TopicPartition("b", 0)])
            fetches.assign([id])
        }
        if how != "assign" { _ = fetches.seek(id, to: 4) }
        answer(log(3), from: 0, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.isEmpty)
        #expect(fetches[id]?.position == (how == "assign" ? nil : 4))
        if how == "assign" { _ = fetches.seek(id, to: 4) }
        _ = fetches.step(now: now)
        answer(log(3), from: 4, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.map(\.next) == [6])
    }

    @Test("an assignment that keeps the place keeps what is under way, and what has come")
    func kept() {
        for comesFirst in [true, false] {
            var fetches = asking()
            if comesFirst { answer(log(3), from: 0, to: &fetches) }
            fetches.assign([id])
            #expect(fetches.withoutPosition == [id])
            if !comesFirst { answer(log(3), from: 0, to: &fetches) }
            #expect(evaluated { fetches.takeHeld() }.isEmpty)
            _ = fetches.seek(id, to: 0)
            #expect(evaluated { fetches.takeHeld() }.map(\.next) == [6])
        }
    }

    @Test("the end is told once, and again where it has moved")
    func ends() {
        var fetches = asking(from: 6)
        answer(log(3), from: 6, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.map(\.end) == [6])
        _ = fetches.step(now: now)
        answer(log(3), from: 6, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.isEmpty)
        // A transaction holds the end back; its record lies behind it.
        var dice = SeededGenerator(seed: 3)
        var log = log(3)
        log.append(count: 1, producer: 7, &dice)
        _ = fetches.step(now: now)
        answer(log, from: 6, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.isEmpty)
        log.end(7, .abort)
        _ = fetches.step(now: now)
        answer(log, from: 6, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.map { [$0.start, $0.next, $0.end] } == [[6, 8, 8]])
    }

    @Test("a position outside the log, or a log that was cut back, is told; the position stays")
    func outOfRange() {
        for isCut in [true, false] {
            var fetches = asking(from: 6)
            var entry = FetchResponse.Partition()
            if isCut {
                entry.divergingEpoch.epoch = 2
                entry.divergingEpoch.endOffset = 4
            } else {
                entry.error = .offsetOutOfRange
            }
            take(entry, SharedBuffer(capacity: 1), into: &fetches)
            #expect(evaluated { fetches.step(now: now) }.isEmpty)
            #expect(evaluated { fetches.takeFailure() }?.kind == .offsetOutOfRange)
            #expect(fetches[id]?.position == 6)
            // It is asked for again.
            #expect(evaluated { fetches.step(now: now) }.count == 1)
        }
    }

    @Test("what may not be read is told", arguments: [KafkaErrorCode.topicAuthorizationFailed, .corruptMessage])
    func refused(code: KafkaErrorCode) {
        var fetches = asking()
        var entry = FetchResponse.Partition()
        entry.error = code
        take(entry, SharedBuffer(capacity: 1), into: &fetches)
        fetches.setPaused(id, true)
        #expect(evaluated { fetches.takeFailure() } == nil)
        fetches.setPaused(id, false)
        #expect(evaluated { fetches.takeFailure() }?.kind == (code == .corruptMessage ? .storageFailed : .fatal))
    }

    @Test("a leader names its successor, which is asked at once")
    func successor() {
        var fetches = asking()
        var entry = FetchResponse.Partition()
        entry.error = .notLeaderOrFollower
        entry.currentLeader.leaderID = 2
        entry.currentLeader.leaderEpoch = 5
        take(entry, SharedBuffer(capacity: 1), into: &fetches)
        let actions = fetches.step(now: now)
        #expect(actions.contains { if case .connect(2, _) = $0 { true } else { false } })
    }

    @Test("a damaged batch is told with its offset, and read again")
    func damaged() throws {
        var fetches = asking()
        let frame = SharedBuffer(capacity: 64)
        let sound = log(3)
        let entry = sound.fetch(
            from: 0, maxBytes: 1 << 20, comesWhole: true, .readCommitted, endsTorn: false, into: frame)
        frame.fill { $0.overwrite(at: $0.count - 3, UInt8(0xff)) }
        take(entry, frame, into: &fetches)
        let records = try #require(fetches.takeHeld().first)
        _ = fetches.step(now: now)
        var pool = BufferPool()
        do throws(RecordError) {
            _ = try RecordSelection.select(from: records, checksChecksums: true, pool: &pool)
            Issue.record("the damage was not seen")
        } catch {
            fetches.refuse(records, error)
        }
        #expect(fetches[id]?.position == 0)
        #expect(evaluated { fetches.takeFailure() }?.kind == .storageFailed)
        // What was asked for behind it is of no use.
        answer(sound, from: 6, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.isEmpty)
        _ = fetches.step(now: now)
        answer(sound, from: 0, to: &fetches)
        #expect(evaluated { fetches.takeHeld() }.map(\.next) == [6])
    }

    @Test(
        "spoiled answers are errors, or what is left of the records; they end nothing",
        arguments: 0..<20 as Range<UInt64>)
    func spoiled(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var log = ModelLog()
        for _ in 0..<30 { log.grow(&dice) }
        var pool = BufferPool()
        for _ in 0..<50 {
            let frame = SharedBuffer(capacity: 64)
            var entry = log.fetch(
                from: 0, maxBytes: 2_000, comesWhole: true, .readCommitted, endsTorn: true, into: frame)
            for _ in 0..<Int.random(in: 1...4, using: &dice) where frame.count > 0 {
                let position = Int.random(in: 0..<frame.count, using: &dice)
                let byte = UInt8.random(in: 0...255, using: &dice)
                frame.fill { $0.overwrite(at: position, byte) }
            }
            entry.highWatermark = dice.once(in: 3) ? -5 : .max
            guard
                let records = try? FetchedRecords(
                    entry, of: id, in: frame, from: Int64.random(in: 0...60, using: &dice), isolation: .readCommitted)
            else { continue }
            for checks in [true, false] {
                guard let batches = try? RecordSelection.select(from: records, checksChecksums: checks, pool: &pool)
                else { continue }
                _ = try? Sent.all(in: batches)
            }
        }
    }
}

/// A call that changes something, where an expectation wants a value.
private func evaluated<Value>(_ body: () -> Value) -> Value { body() }
