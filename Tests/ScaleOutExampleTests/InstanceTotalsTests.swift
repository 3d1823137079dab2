import ChatAnalyticsKit
import Foundation
import Testing

@testable import ScaleOut

@Suite("Scale-out: what instances report")
struct InstanceTotalsTests {
    private static func fold(_ range: Range<Int>, of count: Int, seed: UInt64) -> ChatTotals {
        var log = SyntheticLog(seed: seed, nickCount: 30)
        var totals = ChatTotals()
        for index in 0..<count {
            let bytes = log.day(lineCount: 100)
            let day = ChatDay(daysSinceEpoch: 18_000 + Int32(index))
            guard range.contains(index) else { continue }
            ChatLogParser.forEachLine(of: bytes, day: day) { totals.add($0) }
        }
        totals.rankTalkers()
        return totals
    }

    @Test("totals come out of JSON as they went in", arguments: 0..<5 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let totals = Self.fold(0..<6, of: 6, seed: seed)
        let report = InstanceReport.totals(InstanceTotals(totals))
        let read = try JSONDecoder().decode(InstanceReport.self, from: try JSONEncoder().encode(report))
        #expect(read == report)
        guard case .totals(let parts) = read else { return }
        #expect(InstanceTotals.sum([parts]) == totals)
        #expect(InstanceTotals.sum([parts, InstanceTotals(ChatTotals())]) == totals, "an instance without rows")
    }

    @Test("rows of several instances are taken together: days here are spread over them")
    func sum() throws {
        let parts = [0..<2, 2..<3, 3..<6].map { InstanceTotals(Self.fold($0, of: 6, seed: 7)) }
        let sum = InstanceTotals.sum(parts)
        let all = Self.fold(0..<6, of: 6, seed: 7)
        #expect(sum.linesByKind == all.linesByKind)
        #expect(sum.linesWithUndecodableBytes == all.linesWithUndecodableBytes)
        #expect(sum.messagesPerMinute == all.messagesPerMinute)
        #expect(sum.messagesPerHour == all.messagesPerHour)
        #expect(sum.mentions == all.mentions)
    }

    @Test("the table shows who runs, restores and keeps warm what, and who was killed")
    func table() {
        var status = InstanceStatus(state: "running")
        status.active = ["0_0", "1_0"]
        status.restoring = ["2_1"]
        status.standby = ["0_1"]
        status.processedRecords = 12_345
        let lines = AssignmentTable.lines(
            [
                AssignmentTable.Row(name: "a", pid: 77, status: status),
                AssignmentTable.Row(name: "c", pid: 78, status: InstanceStatus(state: "starting")),
            ], killed: ["b"])
        #expect(
            lines == [
                "Who has which tasks (sub-topology_partition)",
                "  instance       state     records  runs     restores  keeps warm",
                "  ─────────────  ────────  ───────  ───────  ────────  ──────────",
                "  a, process 77  running    12,345  0_0 1_0  2_1       0_1",
                "  c, process 78  starting        0  –        –         –",
                "  b              killed",
            ])
    }

    @Test("the command line")
    func options() {
        var wanted = ScaleOutOptions()
        wanted.seconds = 9
        wanted.lines = 500
        wanted.partitions = 2
        wanted.seed = 0
        wanted.logs = "logs"
        let words = ["--seconds", "9", "--lines", "500", "--partitions", "2", "--seed", "0", "--logs", "logs"]
        #expect(ScaleOutOptions.parse(words) == .run(wanted))
        #expect(ScaleOutOptions.parse(["--seed", "1", "--help"]) == .help)
        for wrong in [["--lines"], ["--lines", "1"], ["--seconds", "two"], ["--logs", ""], ["--colour", "red"]] {
            guard case .mistake = ScaleOutOptions.parse(wrong) else {
                Issue.record("\(wrong) is taken")
                continue
            }
        }
        let instance = InstanceProgram(bootstrapServers: "h:1", directory: "/d", partitions: 3)
        #expect(InstanceProgram(instance.arguments)?.arguments == ["instance", "h:1", "/d", "3"])
        #expect(InstanceProgram(["--lines", "5"]) == nil)
    }
}
