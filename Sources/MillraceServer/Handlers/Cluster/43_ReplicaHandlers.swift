internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ElectLeaders and the two calls about reassignments (KIP-183, KIP-455): with one broker every partition has its
/// leader and all of its replicas already, so there is nothing to do, and the answers say so. They come at once.
extension HandlerTable {
    mutating func addElectLeaders(_ environment: ServerEnvironment) {
        on(ElectLeadersRequest.self) { request, _ in
            var response = ElectLeadersResponse()
            // Asked about all partitions, Kafka names only those that needed an election.
            response.topics = (request.topics ?? []).map { topic in
                var answer = ElectLeadersResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitionIndexes.map { index in
                    var partition = ElectLeadersResponse.Partition()
                    partition.partitionIndex = index
                    partition.error =
                        environment.hasPartition(topic.name, index) ? .electionNotNeeded : .unknownTopicOrPartition
                    return partition
                }
                return answer
            }
            return response
        }
    }

    mutating func addReassignments(_ environment: ServerEnvironment) {
        on(AlterPartitionReassignmentsRequest.self) { request, _ in
            var response = AlterPartitionReassignmentsResponse()
            response.allowReplicationFactorChange = request.allowReplicationFactorChange
            response.topics = request.topics.map { topic in
                var answer = AlterPartitionReassignmentsResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var result = AlterPartitionReassignmentsResponse.Partition()
                    result.partitionIndex = partition.partitionIndex
                    do throws(BrokerError) {
                        guard environment.hasPartition(topic.name, partition.partitionIndex) else {
                            throw BrokerError(.unknownTopicOrPartition, "there is no such partition")
                        }
                        guard let replicas = partition.replicas else {
                            throw BrokerError(.noReassignmentInProgress, "no reassignment is under way")
                        }
                        try ReplicaRules.check(replicas, environment: environment)
                    } catch {
                        result.error = error.code
                        result.errorMessage = error.message
                    }
                    return result
                }
                return answer
            }
            return response
        }
        on(ListPartitionReassignmentsRequest.self) { _, _ in ListPartitionReassignmentsResponse() }
    }
}

extension ServerEnvironment {
    func hasPartition(_ topic: String, _ partition: Int32) -> Bool {
        guard let definition = try? broker.describeTopic(topic) else { return false }
        return partition >= 0 && partition < definition.partitionCount
    }
}
