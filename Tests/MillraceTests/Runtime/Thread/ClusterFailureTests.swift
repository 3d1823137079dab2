import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// Whatever call of the cluster fails in a way that a new start mends, the thread joins its group anew and goes on; no
/// result is wrong, whether the call had been done or not. Embedded only: what fails is put between.
@Suite("Calls of the cluster that fail once", .serialized)
struct ClusterFailureTests {
    private typealias Counting = CountingApplication
    typealias Call = FaultyCluster.Call

    private func run(_ faults: [FaultyCluster.Fault], _ guarantee: ProcessingGuarantee) throws -> [String: Int64] {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 2)
        let faulty = FaultyCluster(test.cluster)
        var configuration = Counting.configuration(test)
        configuration.cluster = faulty
        configuration.guarantee = guarantee
        let application = try StreamsApplication(Counting.topology(), configuration)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<200))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<200) }
        for fault in faults { faulty.arm(fault) }
        try test.produce("words", Counting.words(200..<400))
        try test.eventually("failed: \(faults)") { faulty.failures == faults.count }
        try test.produce("words", Counting.words(400..<600))
        let expected = Counting.fold(0..<600)
        try test.eventually("counted on after \(faults)") {
            let counts = try test.latest("counts-out")
            return expected.allSatisfy { counts[$0.key] ?? 0 >= $0.value }
        }
        try test.eventually("running") { application.state == .running && application.runningTaskCount == 2 }
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.error == nil, "\(faults)")
        return try test.latest("counts-out")
    }

    @Test(
        "exactly once", arguments: [Call.begin, .send, .sendOffsets, .commit],
        [ClusterError.Kind.fenced, .rebalanceNeeded, .retriable, .transactionAbortable])
    func exactlyOnce(call: Call, kind: ClusterError.Kind) throws {
        for comesAfter in [false, true] {
            let fault = FaultyCluster.Fault(call: call, kind: kind, comesAfter: comesAfter)
            #expect(try run([fault], .exactlyOnce) == Counting.fold(0..<600), "\(fault)")
        }
    }

    @Test("exactly once, and what is done about it fails too", arguments: [Call.abort, .initialize, .committed])
    func twice(second: Call) throws {
        for comesAfter in [false, true] {
            let faults = [
                FaultyCluster.Fault(call: .sendOffsets, kind: .rebalanceNeeded),
                FaultyCluster.Fault(call: second, kind: .retriable, comesAfter: comesAfter),
            ]
            #expect(try run(faults, .exactlyOnce) == Counting.fold(0..<600), "\(faults)")
        }
    }

    @Test(
        "at least once", arguments: [Call.send, .flush, .commitOffsets],
        [ClusterError.Kind.rebalanceNeeded, .retriable])
    func atLeastOnce(call: Call, kind: ClusterError.Kind) throws {
        for comesAfter in [false, true] {
            let fault = FaultyCluster.Fault(call: call, kind: kind, comesAfter: comesAfter)
            let counts = try run([fault], .atLeastOnce)
            #expect(Counting.fold(0..<600).allSatisfy { counts[$0.key] ?? 0 >= $0.value }, "\(fault)")
        }
    }
}
