import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// The broker lets its logs be opened quickly after a crash, without being asked.
@Suite("Checkpoints by the broker")
struct BrokerCheckpointTests {
    private let clock = ManualClock(Timestamp(1_000_000))

    private func open(_ disk: SimulatedDisk, _ durability: Durability) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data", durability: durability)
        configuration.hasMaintenanceThread = false
        configuration.checkpointInterval = .seconds(60)
        return try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: 5))
    }

    private func fill(_ broker: Broker, batches: Int) throws {
        let value = [UInt8](repeating: 7, count: 10_000)
        var builder = RecordBatchBuilder()
        builder.append(timestamp: clock.now(), key: nil, value: value.span.bytes)
        builder.seal()
        for number in 0..<batches {
            let partition = try broker.partition(TopicPartition("t", Int32(number % 4)))
            _ = try broker.append(builder.bytes, to: partition)
        }
    }

    @Test(
        "after a minute, what was written before it is not read again when the broker is killed",
        arguments: [Durability.everyCommit, .system])
    func inTheBackground(durability: Durability) throws {
        let disk = SimulatedDisk(seed: 2)
        var broker = try open(disk, durability)
        try broker.createTopic("t", partitionCount: 4)
        try fill(broker, batches: 200)
        broker.tick(now: clock.now())
        var reads: [Int] = []
        for _ in 0..<2 {
            disk.killProcess()
            let before = disk.readBytes
            broker = try open(disk, durability)
            reads.append(disk.readBytes - before)
            clock.advance(by: .seconds(61))
            broker.tick(now: clock.now())
        }
        #expect(reads[0] > 2_000_000, "\(reads): all of it, for no minute had passed")
        #expect(reads[1] < 100_000, "\(reads)")
        try fill(broker, batches: 4)
        disk.crash()
        broker = try open(disk, durability)
        for partition in 0..<4 as Range<Int32> {
            #expect(try broker.partition(TopicPartition("t", partition)).bounds().highWatermark >= Offset(50))
        }
    }
}
