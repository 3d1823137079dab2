import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("process and processValues")
struct ProcessOperatorTests {
    /// Sums amounts per key in a store; says each new sum to the children.
    private final class Summing: Processor {
        let context: ProcessorContext<Int64, Int64>
        let sums: KeyValueStore<Int64, Int64>
        let closed: Monitor<Int>

        init(_ context: ProcessorContext<Int64, Int64>, closed: Monitor<Int>) throws {
            self.context = context
            self.closed = closed
            sums = try context.store("sums")
        }

        func process(_ record: Record<Int64, Order>) throws {
            guard let key = record.key, let order = record.value else { return }
            if order.item == "bad" { throw Refused() }
            let sum = (try sums.value(for: key) ?? 0) + order.amount
            try sums.put(key, sum, at: record.timestamp)
            let result = Record<Int64, Int64>(
                key: key, value: sum, timestamp: record.timestamp, headers: record.headers)
            switch order.item {
            case "even", "odd", "nobody": try context.forward(result, to: order.item)
            default: try context.forward(result)
            }
        }

        func close() { closed.withLock { $0 += 1 } }
    }

    private func summing(
        _ reaction: ErrorReaction = .fail, closed: Monitor<Int> = Monitor(0),
        stores: [String] = ["sums"]
    ) throws -> OperatorFixture {
        try OperatorFixture(reaction: reaction, emptiesStoreMemory: true) { builder, stream in
            builder.addStateStore(Stores.keyValue("sums", keySerde: .int64, valueSerde: .int64))
            let made = stream.process(name: "sum", stores: stores) { try Summing($0, closed: closed) }
            made.filter(name: "even") { _, sum in
                if sum == 13 { throw Refused() }
                return true
            }.to("even-out", Produced(key: .int64, value: .int64))
            made.filter(name: "odd") { _, _ in true }.to("odd-out", Produced(key: .int64, value: .int64))
        }
    }

    @Test("forward to all children or to one by name, and keep state in stores")
    func children() throws {
        let closed = Monitor(0)
        let fixture = try summing(closed: closed)
        for item in ["all", "even", "odd"] { try fixture.input.send(1, Order(item, 2)) }
        #expect(try fixture.numbers("even-out").map(\.value) == [2, 4])
        #expect(try fixture.numbers("odd-out").map(\.value) == [2, 6])
        #expect(try fixture.driver.store("sums", KeyValueStore<Int64, Int64>.self).value(for: 1) == 6)
        #expect(try fixture.numbers("test-sums-changelog").map(\.value) == [2, 4, 6])
        fixture.driver.close()
        #expect(closed.withLock { $0 } == 1)
    }

    @Test(
        "an unknown child, an unconnected store and what the processor throws are told with the node's name"
    )
    func errors() throws {
        let child = stopping { try summing().input.send(1, Order("nobody")) }
        #expect(child?.node == "sum")
        #expect(child?.error as? TopologyError == .unknownChild(node: "sum", child: "nobody"))
        #expect(stopping { _ = try summing(stores: []) } != nil)

        let skipping = try summing(.skip)
        try skipping.input.send(1, Order("bad"))
        // 13 fails in a child: the error counts there, once.
        try skipping.input.send(1, Order("all", 13))
        try skipping.input.send(1, Order("all", 1))
        #expect(try skipping.numbers("even-out").map(\.value) == [14])
        #expect(try skipping.numbers("odd-out").map(\.value) == [13, 14])
        let dropped = skipping.driver.nodes.filter { !$0.dropped.isEmpty }
        #expect(dropped.map(\.name) == ["sum", "even"])
        #expect(dropped.allSatisfy { $0.dropped == [.processingError: 1] })
    }

    /// Tells where each record came from.
    private final class Telling: FixedKeyProcessor {
        let context: FixedKeyProcessorContext<Int64, String>
        init(_ context: FixedKeyProcessorContext<Int64, String>) { self.context = context }

        func process(_ record: FixedKeyRecord<Int64, Order>) throws {
            let source = context.recordMetadata.map { "\($0.topic)@\($0.offset)" } ?? "nowhere"
            let told = record.with(value: "\(record.value?.item ?? "nil") from \(source)")
            try context.forward(told)
            try context.forward(told.with(timestamp: record.timestamp.advanced(byMilliseconds: 1)))
        }
    }

    @Test("processValues keeps keys, null ones too, so that nothing is repartitioned after it")
    func values() throws {
        let fixture = try OperatorFixture { _, stream in
            let told = stream.processValues { Telling($0) }
            told.to("out", Produced(key: .int64, value: .string))
            told.groupByKey(Grouped(key: .int64, value: .string)).count().toStream().to("counts")
        }
        let headers = Headers([Header("h", "1")])
        try fixture.input.send(1, Order("a"), at: Timestamp(5), headers: headers)
        try fixture.input.send(nil, nil)
        let records = try fixture.driver.outputTopic("out", key: .int64, value: .string).readAll()
        #expect(records.map(\.key) == [1, 1, nil, nil])
        #expect(
            records.map(\.value) == ["a from in@0", "a from in@0", "nil from in@1", "nil from in@1"])
        #expect(records.map(\.timestamp.millisecondsSinceEpoch) == [5, 6, 0, 1])
        #expect(records.first?.headers == headers)
        #expect(try fixture.numbers("counts").map(\.value) == [1, 2])
    }

    /// Forwards the times at which its schedules fire.
    private final class Ticking: Processor {
        let context: ProcessorContext<String, Int64>
        private let stop: Punctuation

        init(_ context: ProcessorContext<String, Int64>) throws {
            self.context = context
            func tick(_ name: String) -> (Timestamp) throws -> Void {
                { time in
                    if time == Timestamp(666) { throw Refused() }
                    let place = context.recordMetadata == nil ? "" : " inside a record"
                    try context.forward(
                        Record(key: name + place, value: time.millisecondsSinceEpoch, timestamp: time))
                }
            }
            context.schedule(every: .milliseconds(10), .streamTime, tick("stream"))
            stop = context.schedule(every: .milliseconds(10), .wallClockTime, tick("wall"))
        }

        func process(_ record: Record<Int64, Order>) throws {
            if record.value?.item == "stop" { stop.cancel() }
        }
    }

    private func ticks(_ fixture: OperatorFixture) throws -> [String] {
        try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll().map {
            "\($0.key ?? "nil") \($0.value ?? -1)"
        }
    }

    @Test("schedules fire at multiples of their interval; what was missed is one call (K1, K2)")
    func schedules() throws {
        let fixture = try OperatorFixture(reaction: .skip) { _, stream in
            stream.process(name: "tick") { try Ticking($0) }.to(
                "out", Produced(key: .string, value: .int64))
        }
        for time in [3, 9, 25, 29, 30] as [Int64] {
            try fixture.input.send(1, Order("x"), at: Timestamp(time))
        }
        #expect(try ticks(fixture) == ["stream 3", "stream 25", "stream 30"])
        for step in [5, 20, 4, 1] as [Int64] {
            try fixture.driver.advanceWallClock(by: .milliseconds(step))
        }
        #expect(try ticks(fixture) == ["wall 25", "wall 30"])
        try fixture.input.send(1, Order("stop"), at: Timestamp(666))
        try fixture.driver.advanceWallClock(by: .milliseconds(100))
        #expect(try ticks(fixture).isEmpty)
        #expect(fixture.driver.nodes.first { $0.name == "tick" }?.dropped == [.processingError: 1])
    }
}
