import MillraceCluster
import MillraceCore
import MillraceStores
import Testing

@testable import Millrace

@Suite("What a failure leads to")
struct RecoveryTests {
    @Test(
        "what fences or may succeed again closes the tasks and rejoins",
        arguments: [ClusterError.Kind.fenced, .rebalanceNeeded, .retriable, .transactionAbortable])
    func rejoin(kind: ClusterError.Kind) {
        #expect(Recovery(for: ClusterError(kind, "x")) == .rejoin)
    }

    @Test(
        "what nobody can repeat stops the application",
        arguments: [ClusterError.Kind.storageFull, .storageFailed, .unknownTopic, .invalidRequest, .closed])
    func stop(kind: ClusterError.Kind) {
        #expect(Recovery(for: ClusterError(kind, "x")) == nil)
    }

    @Test("a damaged store is rebuilt, a full disk under it is not")
    func stores() {
        #expect(
            Recovery(for: StoreError(.corrupt, "bad", path: "/s/0_1/counts"))
                == .rebuild(path: "/s/0_1/counts", message: "bad [/s/0_1/counts]"))
        #expect(Recovery(for: StoreError(.noSpace, "full", path: "/s/0_1/counts")) == nil)
    }

    @Test("errors of every room get a code")
    func codes() {
        func code(_ error: any Error) -> StreamsError.Code { StreamsError(error, location: .init()).code }
        #expect(code(ClusterError(.storageFull, "x")) == .storageFull)
        #expect(code(DiskError(.noSpace, path: "p", operation: "write")) == .storageFull)
        #expect(code(DiskError(.locked, path: "p", operation: "lock")) == .stateDirectoryLocked)
        #expect(code(StoreError(.noSpace, "x")) == .storageFull)
        #expect(code(TopologyError.empty) == .invalidTopology)
        #expect(code(SerdeError("x")) == .userCodeFailed)
    }

    @Test("a rejected setting is named", arguments: ["", "a/b", ".."])
    func configuration(applicationID: String) throws {
        let test = try TestCluster()
        let builder = StreamsBuilder()
        builder.stream("a", Consumed(key: .string, value: .string)).to("b")
        let topology = try builder.build()
        let error = #expect(throws: StreamsError.self) {
            try StreamsApplication(
                topology,
                StreamsConfiguration(
                    applicationID: applicationID, cluster: test.cluster, stateDirectory: test.stateDirectory))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("applicationID") ?? false)
    }
}
