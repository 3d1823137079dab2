import Foundation
import MillraceCore
import MillraceSimulation
import MillraceStores
import ProcessKit
import Testing

/// A process is killed with `kill -9` while it flushes, again and again.
@Suite("A killed process leaves its stores at a consistent checkpoint")
struct StoreCrashTests {
    /// Every flush has 300 writes: all through the memtable, or all as sorted files.
    @Test("kills at random moments", arguments: [1_000, 100])
    func kills(sortedFileMinimumCount: Int) throws {
        let directory = TemporaryDirectory()
        let seed = UInt64.random(in: 0...UInt64.max)
        var dice = Dice(seed: seed)
        for round in Seeds.first(10, of: 20) {
            let printed = try runAndKill(
                in: directory.path, sortedFileMinimumCount, afterLines: 1 + dice.roll(6),
                microseconds: dice.roll(30_000))
            let comment: Comment = "seed \(seed), round \(round), sorted from \(sortedFileMinimumCount)"
            let environment = StoreEnvironment(location: .directory(directory.path), resources: directory.resources)
            try checkKeys(environment, atLeast: printed, comment)
            try checkWindows(environment, atLeast: printed, comment)
        }
    }

    private func checkKeys(_ environment: StoreEnvironment, atLeast printed: Int64, _ comment: Comment) throws {
        let store = KeyValueStore<String, String>(
            name: "keys", byteStore: try environment.makeByteStore(name: "keys", isPersistent: true),
            keySerde: TextSerde(), valueSerde: TextSerde())
        defer { store.close() }
        let generation = try #require(store.checkpoint?.rawValue, comment)
        #expect(generation >= printed, comment)
        let rows = try store.all()
        #expect(rows.count == 300, comment)
        for row in rows { #expect(row.value.value.hasPrefix("\(generation) "), comment) }
    }

    private func checkWindows(_ environment: StoreEnvironment, atLeast printed: Int64, _ comment: Comment) throws {
        let store = try WindowStore<String, String>(
            name: "windows", retention: .seconds(100),
            byteStore: environment.makeByteStore(name: "windows", isPersistent: true), keySerde: TextSerde(),
            valueSerde: TextSerde())
        defer { store.close() }
        let generation = try #require(store.checkpoint?.rawValue, comment)
        #expect(generation >= printed, comment)
        #expect(store.observedStreamTime == Timestamp(generation * 1_000), comment)
        let rows = try store.all()
        #expect(rows.count == Int(min(generation, 100)) * 300, comment)
        for row in rows {
            let start = row.windowStart.millisecondsSinceEpoch
            #expect(row.value.value.hasPrefix("\(start / 1_000) "), comment)
        }
    }

    /// Runs the tool until it has printed some lines, and a little longer. Returns the last number it printed.
    private func runAndKill(
        in directory: String, _ sortedFileMinimumCount: Int, afterLines lines: Int, microseconds: Int
    ) throws -> Int64 {
        let process = Process()
        process.executableURL = Children.location(ofTool: "StoreCrashTool")
        process.arguments = [directory, String(sortedFileMinimumCount)]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try Children.start(process)
        var text = ""
        while text.utf8.count(where: { $0 == 10 }) < lines {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the tool ended by itself")
            text += String(decoding: data, as: UTF8.self)
        }
        // The moment of the kill, anywhere in the next flushes.
        let moment = ContinuousClock.now + .microseconds(microseconds)
        while ContinuousClock.now < moment {}
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        text += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let numbers = text.split(separator: "\n", omittingEmptySubsequences: true).compactMap { Int64($0) }
        return try #require(numbers.last)
    }
}
