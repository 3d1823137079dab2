import CRocksDB
import Foundation
import MillraceCore
import MillraceSimulation
import MillraceStores
import Testing

@Suite("Large batches go down as sorted files")
struct SortedFileTests {
    private func open(_ directory: TemporaryDirectory) throws -> RocksByteStore {
        try RocksByteStore(path: directory.path + "/store", resources: directory.sortingResources)
    }

    private func rows(_ store: any ByteStore) throws -> [[UInt8]] {
        let cursor = try store.cursor(from: nil, to: nil, reversed: false)
        var key = ByteWriter()
        var value = ByteWriter()
        var rows: [[UInt8]] = []
        while try cursor.next(key: &key, value: &value) { rows += [key.copyBytes(), value.copyBytes()] }
        return rows
    }

    /// Keys that share much or nothing, are prefixes of each other, or differ in zeros at the end only.
    private func randomKey(_ dice: inout Dice, shared: Int) -> [UInt8] {
        let start = [UInt8](repeating: 7, count: shared)
        return start + (0..<dice.roll(12)).map { _ in UInt8([0, 1, 128, 255][dice.roll(4)]) }
    }

    @Test("a batch does in RocksDB what it does in memory", arguments: Seeds.first(16, of: 40))
    func equalsMemory(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        var dice = Dice(seed: seed)
        var store = try open(directory)
        let model = InMemoryByteStore()
        let shared = dice.roll(20)
        for round in 0..<12 {
            var batch = ByteBatch()
            // The batch itself writes outside of what it deletes.
            let lower = randomKey(&dice, shared: shared)
            let upper = lower + [UInt8(dice.roll(256))]
            let hasRange = dice.roll(3) == 0
            if hasRange { batch.deleteRange(from: lower.span.bytes, to: upper.span.bytes) }
            for write in 0..<dice.roll(300) {
                let key = randomKey(&dice, shared: shared)
                let isInside = !key.lexicographicallyPrecedes(lower) && key.lexicographicallyPrecedes(upper)
                if hasRange && isInside { continue }
                let value = [UInt8](repeating: UInt8(write & 255), count: dice.roll(60))
                if dice.roll(4) == 0 {
                    batch.delete(key.span.bytes)
                } else {
                    batch.put(key.span.bytes, value.span.bytes)
                }
            }
            batch.setAttribute(["a", "z", "b"][dice.roll(3)], Int64(round))
            batch.checkpoint = Offset(Int64(round))
            try store.write(batch)
            model.write(batch)
            if dice.roll(4) == 0 {
                store.close()
                store = try open(directory)
            }
            #expect(try rows(store) == rows(model), "seed \(seed), round \(round)")
            #expect(store.checkpoint == model.checkpoint, "seed \(seed), round \(round)")
            for name in ["a", "b", "z"] {
                #expect(try store.attribute(name) == model.attribute(name), "seed \(seed), round \(round)")
            }
        }
        store.close()
    }

    /// A crash after the manifest and before the unlink leaves a second name of a live file.
    @Test("the name that a crash left is removed, never written to")
    func leftover() throws {
        let directory = TemporaryDirectory()
        var store = try open(directory)
        var batch = ByteBatch()
        for key in UInt8(0)..<100 { batch.put([key].span.bytes, [key].span.bytes) }
        batch.checkpoint = Offset(1)
        try store.write(batch)
        let before = try rows(store)
        store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/store")
        let live = try #require(files.first { $0.hasSuffix(".sst") })
        #expect(!files.contains("incoming"))
        let link = directory.path + "/store/incoming"
        try FileManager.default.linkItem(atPath: directory.path + "/store/" + live, toPath: link)
        store = try open(directory)
        #expect(!FileManager.default.fileExists(atPath: link))
        try FileManager.default.linkItem(atPath: directory.path + "/store/" + live, toPath: link)
        batch.removeAll()
        for key in UInt8(0)..<100 { batch.put([200, key].span.bytes, [key].span.bytes) }
        batch.checkpoint = Offset(2)
        try store.write(batch)
        store.close()
        store = try open(directory)
        #expect(try Array(rows(store).prefix(200)) == before)
        #expect(try rows(store).count == 400)
        #expect(store.checkpoint == Offset(2))
        store.close()
    }

    @Test("a file that cannot be begun is a named error, and the store goes on")
    func failure() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        defer { store.close() }
        // A directory can be neither unlinked nor written.
        let obstacle = directory.path + "/store/incoming"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        var batch = ByteBatch()
        for key in UInt8(0)..<10 { batch.put([key].span.bytes, [key].span.bytes) }
        batch.checkpoint = Offset(1)
        let error = #expect(throws: StoreError.self) { try store.write(batch) }
        #expect(error?.kind == .inputOutput)
        #expect(store.checkpoint == nil)
        #expect(try rows(store).isEmpty)
        try FileManager.default.removeItem(atPath: obstacle)
        try store.write(batch)
        #expect(store.checkpoint == Offset(1))
        #expect(try rows(store).count == 20)
    }

    @Test("a restore goes down in batches, and goes on from the last of them")
    func restoreInBatches() throws {
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        let source = KeyValueStore<String, Int64>(
            name: "s", byteStore: InMemoryByteStore(), keySerde: TextSerde(), valueSerde: NumberSerde())
        for round in 0..<10 {
            for key in 0..<50 { try source.write("key \(key * (round + 1))", Int64(round), at: Timestamp(1)) }
            if round > 0 { try source.delete("key \(round)", at: Timestamp(1)) }
            try changelog.commit(source)
        }
        func openStore() throws -> KeyValueStore<String, Int64> {
            KeyValueStore(
                name: "s", byteStore: try open(directory), keySerde: TextSerde(), valueSerde: NumberSerde())
        }
        var store = try openStore()
        let half = changelog.committed.count / 2
        for (index, record) in changelog.committed[..<half].enumerated() {
            if let value = record.value {
                try store.restore(key: record.key.span.bytes, value: value.span.bytes, timestamp: record.timestamp)
            } else {
                try store.restore(key: record.key.span.bytes, value: nil, timestamp: record.timestamp)
            }
            if index % 7 == 6 { try store.completeRestoredBatch(changelogEnd: Offset(Int64(index + 1))) }
        }
        let reached = try #require(store.checkpoint?.rawValue)
        #expect(reached > 0 && reached <= half)
        store.close()
        store = try openStore()
        #expect(store.checkpoint == Offset(reached))
        #expect(try changelog.restore(store) == changelog.committed.count - Int(reached))
        let rows = try store.all()
        let expected = try source.all()
        #expect(rows.map(\.key) == expected.map(\.key))
        #expect(rows.map(\.value) == expected.map(\.value))
        store.close()
    }

    @Test("restored records outlive a batch that could not go down")
    func restoreAfterFailure() throws {
        let directory = TemporaryDirectory()
        let changelog = FakeChangelog()
        let source = try WindowStore<String, Int64>(
            name: "w", retention: .seconds(200), byteStore: InMemoryByteStore(), keySerde: TextSerde(),
            valueSerde: NumberSerde())
        let store = try WindowStore<String, Int64>(
            name: "w", retention: .seconds(200), byteStore: open(directory), keySerde: TextSerde(),
            valueSerde: NumberSerde())
        let obstacle = directory.path + "/store/incoming"
        for round in 0..<20 as Range<Int64> {
            let start = Timestamp(round * 30_000)
            for key in 0..<20 { try source.put("key \(key)", round, windowStart: start, at: start) }
            let known = changelog.committed.count
            try changelog.commit(source)
            // Every second batch fails at first: the name of its file can neither be removed nor written.
            if round % 2 == 0 {
                try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
            }
            for record in changelog.committed[known...] {
                let value = try #require(record.value)
                try store.restore(key: record.key.span.bytes, value: value.span.bytes, timestamp: record.timestamp)
            }
            let end = Offset(Int64(changelog.committed.count))
            if round % 2 == 0 {
                #expect(throws: StoreError.self) { try store.completeRestoredBatch(changelogEnd: end) }
                try FileManager.default.removeItem(atPath: obstacle)
            } else {
                try store.completeRestoredBatch(changelogEnd: end)
                #expect(store.checkpoint == end)
            }
        }
        let found = try store.all()
        let expected = try source.all()
        #expect(found.map(\.windowStart) == expected.map(\.windowStart))
        #expect(found.map(\.key) == expected.map(\.key))
        #expect(found.map(\.value) == expected.map(\.value))
        store.close()
    }

    @Test("a store of another format is refused by name")
    func unknownFormat() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/store"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let options = rocksdb_options_create()
        rocksdb_options_set_create_if_missing(options, 1)
        let writeOptions = rocksdb_writeoptions_create()
        var text: UnsafeMutablePointer<CChar>?
        let database = rocksdb_open(options, path, &text)
        let key = [CChar(0)] + "format".utf8.map { CChar(bitPattern: $0) }
        rocksdb_put(database, writeOptions, key, key.count, [0, 0, 0, 0, 0, 0, 0, 99], 8, &text)
        rocksdb_close(database)
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_options_destroy(options)
        let error = #expect(throws: StoreError.self) { try open(directory) }
        #expect(error?.kind == .unknownFormat)
        #expect(error?.message.contains("99") == true)
    }
}
