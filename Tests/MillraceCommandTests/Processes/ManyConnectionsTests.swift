import Foundation
import Glibc
import MillraceCore
import MillraceNetwork
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceCommand

/// 1,000 connections that say nothing and 200 that say much, at once, while some of both go and others come: all are
/// served, and the broker's memory and open files do not grow with the rounds.
@Suite("Many connections at once", .serialized)
struct ManyConnectionsTests {
    private static let idleCount = 1_000
    private static let busyCount = 200
    private static let partitionCount = 4
    /// Until buffers, tables and the allocator have what they need.
    private static let warmUpRounds = 10
    private static let rounds = 40
    /// Connections of each kind that go and come in a round.
    private static let churn = 10

    @Test("1,000 idle and 200 busy ones are served, and memory stays flat", .timeLimit(.minutes(3)))
    func torture() throws {
        try #require(OpenFileLimit.raise() > Self.idleCount + Self.busyCount + 200, "see ulimit -Hn")
        let broker = try BrokerProcess()
        // Before the first command, whose connection may be open for a moment longer than the command lives.
        let filesBefore = try openFiles(of: broker.pid)
        try broker.expect("topics", "create", "lines", "--partitions", "\(Self.partitionCount)")
        let port = try #require(UInt16(broker.address.split(separator: ":").last ?? ""))

        var idle = try (0..<Self.idleCount).map { _ in try TestClient(port: port) }
        var busy = try (0..<Self.busyCount).map { _ in try TestClient(port: port) }
        var memory: [Int] = []
        for round in 0..<(Self.warmUpRounds + Self.rounds) {
            try serve(busy, round: round)
            memory.append(try residentKilobytes(of: broker.pid))
            for _ in 0..<Self.churn {
                idle.remove(at: round * 7 % idle.count)
                busy.remove(at: round * 7 % busy.count)
                idle.append(try TestClient(port: port))
                busy.append(try TestClient(port: port))
            }
        }
        // All 1,000 are connections that the server knows and answers.
        for client in idle { try client.send(Requests.metadata([]), version: 9) }
        for client in idle { _ = try client.receive(MetadataRequest.self, version: 9) }
        let held = try openFiles(of: broker.pid) - filesBefore
        #expect(held >= Self.idleCount + Self.busyCount)
        #expect(held < Self.idleCount + Self.busyCount + 100, "connections that are gone are still open")

        let steady = memory.dropFirst(Self.warmUpRounds)
        let growth = (steady.suffix(Self.rounds / 4).min() ?? 0) - (steady.prefix(Self.rounds / 4).max() ?? 0)
        #expect(growth < 2_048, "resident kilobytes, round by round: \(memory)")

        idle = []
        busy = []
        #expect(try eventually { try openFiles(of: broker.pid) < filesBefore + 50 }, "connections are left open")
        #expect(try broker.stop() == 0, "\(broker.errors)")
    }

    /// Each connection has three requests under way at once: records go in, records come out, and a question.
    private func serve(_ clients: [TestClient], round: Int) throws {
        let batch = Requests.batch((0..<10).map { "round \(round), line \($0)" })
        for (number, client) in clients.enumerated() {
            let partition = Int32(number % Self.partitionCount)
            try client.send(Requests.produce("lines", partition, batch: batch), version: 9)
            try client.send(Requests.fetch("lines", [partition], from: Int64(round), maxBytes: 4_096), version: 11)
            try client.send(Requests.metadata(["lines"]), version: 9)
        }
        for client in clients {
            let produced = try client.receive(ProduceRequest.self, version: 9).response
            #expect(produced.topics.first?.partitions.first?.error == KafkaErrorCode.none)
            let fetched = try client.receive(FetchRequest.self, version: 11).response
            #expect(fetched.topics.first?.partitions.first?.error == KafkaErrorCode.none)
            let described = try client.receive(MetadataRequest.self, version: 9).response
            #expect(described.topics.first?.partitions.count == Self.partitionCount)
        }
    }

    private func residentKilobytes(of pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(separator: " ").dropLast().last ?? ""))
    }

    private func openFiles(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }
}
