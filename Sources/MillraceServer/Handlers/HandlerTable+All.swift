/// All handlers. Each stands in a file of its own, named for the API and its number, as an extension:
///
///     extension HandlerTable {
///         mutating func addMetadata(_ environment: ServerEnvironment) {
///             on(MetadataRequest.self) { request, context in … }
///         }
///     }
extension HandlerTable {
    package static func all(_ environment: ServerEnvironment) -> HandlerTable {
        var table = HandlerTable()
        table.addDataPath(environment)
        table.addGroups(environment)
        table.addTransactions(environment)
        table.addTopics(environment)
        table.addConfigs(environment)
        table.addCluster(environment)
        return table
    }

    private mutating func addDataPath(_ environment: ServerEnvironment) {
        addProduce(environment)
        addFetch()
        addListOffsets(environment)
        addMetadata(environment)
        addFindCoordinator(environment)
        addOffsetForLeaderEpoch(environment)
        addDescribeCluster(environment)
    }

    private mutating func addGroups(_ environment: ServerEnvironment) {
        addOffsetCommit(environment)
        addOffsetFetch(environment)
        addJoinGroup(environment)
        addHeartbeat(environment)
        addLeaveGroup(environment)
        addSyncGroup(environment)
        addDescribeGroups(environment)
        addListGroups(environment)
        addDeleteGroups(environment)
        addOffsetDelete(environment)
        addConsumerGroupHeartbeat(environment)
        addConsumerGroupDescribe(environment)
    }

    private mutating func addTransactions(_ environment: ServerEnvironment) {
        addInitProducerID(environment)
        addAddPartitionsToTransaction(environment)
        addAddOffsetsToTransaction(environment)
        addEndTransaction(environment)
        addWriteTransactionMarkers(environment)
        addTransactionalOffsetCommit(environment)
        addDescribeProducers(environment)
        addDescribeTransactions(environment)
        addListTransactions(environment)
    }

    private mutating func addTopics(_ environment: ServerEnvironment) {
        addCreateTopics(environment)
        addDeleteTopics(environment)
        addDeleteRecords(environment)
        addCreatePartitions(environment)
        addDescribeTopicPartitions(environment)
    }

    private mutating func addConfigs(_ environment: ServerEnvironment) {
        addDescribeConfigs(environment)
        addAlterConfigs(environment)
        addIncrementalAlterConfigs(environment)
        addListConfigResources(environment)
    }

    private mutating func addCluster(_ environment: ServerEnvironment) {
        addACLs()
        addDescribeLogDirectories(environment)
        addElectLeaders(environment)
        addReassignments(environment)
        addQuotas()
        addDescribeQuorum(environment)
    }
}
