import Foundation
import MillraceCore
import MillraceKafka
import MillraceSimulation
import Testing

/// `kill -9` of the broker under four idempotent producers with acks=all, again and again: what was acknowledged is
/// there once, what was not is there at most once.
@Suite("The broker, killed under producers", .serialized)
struct BrokerKillTests {
    private static let rounds = 20
    private static let partitionCount: Int32 = 4

    @Test("no acknowledged record is lost, none doubled, over twenty kills")
    func kills() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let dice = SeededEntropy(seed: seed)
        let folder = try TemporaryFolder()
        let port = try Self.freePort()
        var broker = try Self.start(in: folder, port: port)
        let address = "127.0.0.1:\(port)"
        let created = try Millrace.run(
            ["topics", "create", "t", "--partitions", "\(Self.partitionCount)"], server: address)
        #expect(created.status == 0, "\(created.errors)")

        let progress = Monitor(Progress())
        let producers = (0..<4).map { number in
            SystemThread.start(name: "producer-\(number)") { Producer(number, address, progress).run() }
        }
        for round in 0..<Self.rounds {
            // Let a different number of records through each time, so that the kill meets all stages.
            let wanted = progress.withLock { $0.acknowledgedCount } + Int(dice.next() % 3_000) + 1
            let isReached = progress.wait(timeout: .seconds(60)) {
                $0.acknowledgedCount >= wanted || $0.failure != nil
            }
            #expect(isReached, "seed \(seed), round \(round): no progress. \(broker.errors)")
            if let failure = progress.withLock({ $0.failure }) {
                Issue.record("seed \(seed), round \(round): \(failure)")
                break
            }
            broker.send(SIGKILL)
            _ = try broker.wait()
            broker = try Self.start(in: folder, port: port)
        }
        progress.update { $0.isOver = true }
        for producer in producers { #expect(producer.join(timeout: .seconds(120)), "seed \(seed)") }

        let (acknowledged, failure) = progress.withLock { ($0.acknowledged, $0.failure) }
        #expect(failure == nil, "seed \(seed)")
        let counts = try Self.countRecords(at: address)
        let lost = acknowledged.filter { counts[$0] == nil }
        let doubled = counts.filter { $0.value > 1 }
        #expect(lost.isEmpty, "seed \(seed): \(lost.count) lost, such as \(lost.first ?? "")")
        #expect(doubled.isEmpty, "seed \(seed): \(doubled.count) doubled, such as \(doubled.first?.key ?? "")")
        #expect(acknowledged.count > Self.rounds)
    }

    private static func start(in folder: TemporaryFolder, port: UInt16) throws -> Child {
        let child = try Child(
            [
                "broker", "--data", folder.path + "/data", "--listen", "127.0.0.1:\(port)", "--durability",
                "every-commit",
            ], in: folder)
        let isReady = try eventually { child.output.contains("ready ") || !child.isRunning }
        #expect(isReady && child.isRunning, "\(child.errors)")
        return child
    }

    /// A port that nobody has at the moment: the broker has to come back under the same one.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        try #require(isBound)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// How often each value stands in the topic.
    private static func countRecords(at address: String) throws -> [String: Int] {
        var settings = KafkaSettings()
        try settings.set("bootstrap.servers", address)
        try settings.set("group.id", "counter")
        try settings.set("enable.auto.commit", "false")
        try settings.set("enable.partition.eof", "true")
        var consumer = try KafkaConsumer(settings)
        try consumer.assign(
            (0..<partitionCount).map { KafkaPosition(TopicPartition("t", $0), offset: 0) })
        var counts: [String: Int] = [:]
        var ended: Set<Int32> = []
        let deadline = ContinuousClock.now + .seconds(60)
        while ended.count < Int(partitionCount), ContinuousClock.now < deadline {
            _ = try consumer.poll(
                timeout: .milliseconds(200),
                onChange: { change in
                    if case .reachedEnd(let partition) = change { ended.insert(partition.partition) }
                    return []
                },
                { message in
                    if let value = message.value { counts[String(decoding: value, as: UTF8.self), default: 0] += 1 }
                })
        }
        #expect(ended.count == Int(partitionCount), "the topic could not be read to its end")
        try consumer.close()
        return counts
    }
}

/// What the producers have seen. Plain data.
private struct Progress {
    var acknowledged: [String] = []
    var acknowledgedCount = 0
    var failure: String?
    var isOver = false
}

/// One idempotent producer: sends numbered records until told to end, and notes what was acknowledged.
private struct Producer {
    private let number: Int
    private let address: String
    private let progress: Monitor<Progress>

    init(_ number: Int, _ address: String, _ progress: Monitor<Progress>) {
        self.number = number
        self.address = address
        self.progress = progress
    }

    func run() {
        do { try send() } catch {
            progress.update { $0.failure = $0.failure ?? "producer \(number): \(error)" }
        }
    }

    private func send() throws {
        var settings = KafkaSettings()
        try settings.set("bootstrap.servers", address)
        try settings.set("enable.idempotence", "true")
        try settings.set("acks", "all")
        try settings.set("linger.ms", "1")
        try settings.set("message.timeout.ms", "120000")
        try settings.set("reconnect.backoff.ms", "10")
        try settings.set("reconnect.backoff.max.ms", "100")
        try settings.set("retry.backoff.ms", "20")
        var producer = try KafkaProducer(settings)
        var next = 0
        while !progress.withLock({ $0.isOver || $0.failure != nil }) {
            if producer.pendingCount < 1_000 {
                for _ in 0..<50 {
                    let value = Array("\(number)-\(next)".utf8)
                    let record = KafkaProducer.Outgoing(key: Array("\(next % 97)".utf8), value: value)
                    guard try producer.send(record, to: "t", tag: next) else { break }
                    next += 1
                }
            }
            try note { report in try producer.poll(timeout: .milliseconds(5), report) }
        }
        try note { report in try producer.flush(timeout: .seconds(100), report) }
    }

    private func note(_ step: ((borrowing KafkaMessage) -> Void) throws -> Void) throws {
        var acknowledged: [String] = []
        var failure: KafkaError?
        try step { message in
            if let error = message.error { failure = error } else { acknowledged.append("\(number)-\(message.tag)") }
        }
        if let failure { throw failure }
        if acknowledged.isEmpty { return }
        progress.update {
            $0.acknowledged += acknowledged
            $0.acknowledgedCount += acknowledged.count
        }
    }
}
