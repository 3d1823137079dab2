import Foundation
import MillraceCore
import MillraceStores
import Testing

@Suite("RocksDB under a store")
struct RocksByteStoreTests {
    private func open(_ directory: TemporaryDirectory) throws -> RocksByteStore {
        try RocksByteStore(path: directory.path + "/store", resources: directory.resources)
    }

    private func put(_ store: RocksByteStore, _ key: String, _ value: String, checkpoint: Int64) throws {
        var batch = ByteBatch()
        batch.put(Array(key.utf8).span.bytes, Array(value.utf8).span.bytes)
        batch.checkpoint = Offset(checkpoint)
        try store.write(batch)
    }

    @Test("data and checkpoint are there after opening again")
    func reopen() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        #expect(store.isEmpty)
        #expect(store.checkpoint == nil)
        try put(store, "k", "v", checkpoint: 7)
        store.close()
        let again = try open(directory)
        #expect(again.checkpoint == Offset(7))
        var value = ByteWriter()
        #expect(try again.get(Array("k".utf8).span.bytes, into: &value))
        #expect(value.bytes.lossyUTF8 == "v")
        #expect(try !again.get(Array("K".utf8).span.bytes, into: &value))
    }

    @Test("a second opening is refused as locked")
    func lock() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        defer { store.close() }
        let error = #expect(throws: StoreError.self) { try open(directory) }
        #expect(error?.kind == .locked)
    }

    @Test("flipped bytes are a named error, not data")
    func corruption() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        for key in 0..<200 { try put(store, "key \(key)", String(repeating: "v", count: 50), checkpoint: Int64(key)) }
        store.close()
        let path = directory.path + "/store"
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".sst") {
            let file = URL(fileURLWithPath: path + "/" + name)
            var bytes = try Data(contentsOf: file)
            for index in 0..<min(60, bytes.count) { bytes[index] ^= 0x5a }
            try bytes.write(to: file)
        }
        let error = #expect(throws: StoreError.self) {
            let damaged = try open(directory)
            let cursor = try damaged.cursor(from: nil, to: nil, reversed: false)
            var key = ByteWriter()
            var value = ByteWriter()
            while try cursor.next(key: &key, value: &value) {}
        }
        #expect(error?.kind == .corrupt)
    }

    @Test("a file where the directory should be is a named error")
    func notADirectory() throws {
        let directory = TemporaryDirectory()
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.path))
        #expect(throws: StoreError.self) { try open(directory) }
    }
}
