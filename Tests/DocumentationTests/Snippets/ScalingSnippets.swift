import Millrace
import MillraceCluster
import MillraceKafka
import Testing

/// The code of docs/guide/scaling.md: an application that is operated while it runs.
@Suite("Guide to scaling")
struct ScalingSnippets {
    @Test("threads come and go, a pause begins and ends, and a key's owner is found")
    func operation() throws {
        let folder = try TemporaryFolder()
        let directory = folder.path
        let builder = StreamsBuilder()
        builder.stream("messages", Consumed(key: .string, value: .string))
            .groupByKey().count(.as("counts")).toStream().to("totals")
        let topology = try builder.build()
        let cluster = try EmbeddedCluster(dataDirectory: "\(directory)/broker")
        try cluster.admin.createTopic(TopicSpecification(name: "messages", partitionCount: 4))
        try cluster.admin.createTopic(TopicSpecification(name: "totals", partitionCount: 4))
        var configuration = StreamsConfiguration(
            applicationID: "chat", cluster: cluster, stateDirectory: "\(directory)/state")
        configuration.applicationServer = HostInfo(host: "10.0.0.7", port: 8080)
        configuration.standbyReplicas = 1
        configuration.acceptableRecoveryLag = 10_000
        configuration.maxWarmupReplicas = 2
        configuration.uncaughtErrors = { error in
            switch error.code {
            case .recordFailed, .userCodeFailed: .stopApplication
            case .clusterFailed, .timedOut: .replaceThread
            default: .stopInstance
            }
        }
        #expect(configuration.uncaughtErrors(StreamsError(.timedOut, "late")) == .replaceThread)
        do {
            var configuration = configuration
            configuration.groupInstanceID = "chat-1"
            configuration.sessionTimeout = .seconds(60)
            #expect(throws: Never.self) { try StreamsApplication(topology, configuration) }
        }
        do {
            let bootstrapServers = "kafka-1:9092,kafka-2:9092"
            let cluster: any Cluster = try .kafka(bootstrapServers: bootstrapServers)
            var configuration = configuration
            configuration.cluster = cluster
            configuration.standbyReplicas = 1
            configuration.sessionTimeout = .seconds(2)
            configuration.heartbeatInterval = .milliseconds(300)
            configuration.transactionTimeout = .seconds(3)
            configuration.rebalanceTimeout = .seconds(20)
            configuration.probingRebalanceInterval = .seconds(5)
            #expect(throws: Never.self) { try StreamsApplication(topology, configuration) }
        }
        let application = try StreamsApplication(topology, configuration)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(60)))

        try application.addThread()
        print(application.threadNames)
        try application.removeThread()
        #expect(application.threadNames == ["stream-0"])

        for standby in application.metrics.standbys { print(standby.id, standby.restoredRecords, standby.lag) }
        #expect(application.metrics.standbys.isEmpty, "there is no other instance")

        for task in application.metrics.tasks where task.isRestoring {
            for store in task.stores { print(task.id, store.name, store.restoredRecords, store.restoreLag ?? 0) }
        }

        application.pause()
        application.resume()
        #expect(!application.isPaused)

        if let found = try application.metadata(forKey: "ada", .string, inStore: "counts") {
            print("\(found.task) runs at \(found.active.host?.description ?? "an unknown place")")
        }
        for instance in application.allMetadata { print(instance.instance, instance.activeTasks, instance.stores) }

        let copies = try application.store("counts", .keyValue(String.self, Int64.self), includingStale: true)
        let ada = try copies.get("ada")
        #expect(ada == nil)
        for (name, partitions) in try application.localStoreLags() {
            for (partition, copy) in partitions { print(name, partition, copy.role, copy.position, copy.lag) }
        }
        #expect(try application.localStoreLags()["counts"]?.count == 4)

        let owner = try application.metadata(forKey: "ada", .string, inStore: "counts")?.active.host
        #expect(owner == HostInfo(host: "10.0.0.7", port: 8080))
        #expect(application.close())
        try cluster.close()
    }
}
