package import MillraceCore

/// The only writer of what is logged, live and in replay; and the step from replay to service. Pure.
extension GroupCoordinator {
    /// Takes in one entry that the log holds.
    /// - Parameter producer: of the transactional batch that held it; nil for any other batch.
    package mutating func apply(_ entry: GroupLogEntry, producer: ProducerIdentity?) {
        appliedEntries += 1
        let sequence = appliedEntries
        let id = entry.groupID
        if groups[id] == nil {
            if case .group(_, nil) = entry { return }
            if case .offset(_, _, nil) = entry { return }
            if case .consumer(_, let entry) = entry, entry.isTombstone { return }
            groups[id] = Group(id: id, configuration: configuration)
        }
        withMember(id) { group in
            switch entry {
            case .group(_, let value):
                group.logged = value
                // A deleted group counts from the beginning if it ever comes back.
                if value == nil, group.phase == .empty { group.generation = 0 }
            case .offset(_, let partition, let value?):
                if let producer {
                    group.offsets.addPending(
                        value, of: partition, producerID: producer.id, sequence: sequence)
                } else {
                    group.offsets.commit(value, of: partition, sequence: sequence)
                }
            case .offset(_, let partition, nil):
                group.offsets.remove(partition)
            case .consumer(_, let entry):
                group.apply(entry)
            }
        }
        if let producer { groupsByProducer[producer.id, default: []].insert(id) }
    }

    /// Takes in the control record that ends a producer's transaction. A producer without offsets here is no error.
    package mutating func applyMarker(producerID: Int64, _ outcome: TransactionOutcome) {
        for id in groupsByProducer.removeValue(forKey: producerID) ?? [] {
            withMember(id) { $0.offsets.endTransaction(of: producerID, outcome) }
        }
    }

    /// Once the log has been replayed: gives every member a session from now on, so that it may go on where it was.
    /// - Parameter droppingEmbedded: the broker has started in a new process, so dynamic members that lived in the
    ///   old one (`GroupConfiguration.embeddedClientHost`) are gone and need not be waited for. Static ones stay: they
    ///   come back under their instance id.
    /// - Returns: what is to be logged, like any other decision.
    package mutating func completeReplay(droppingEmbedded: Bool, now: CoordinatorTime) -> GroupDecision {
        var decision = GroupDecision()
        scheduleOffsetsCheck(now)
        for id in groups.keys.sorted() {
            withMember(id) { group in
                group.restore(now: now)
                group.restoreConsumers(now: now)
                guard droppingEmbedded else { return }
                let gone = group.members.filter {
                    !$0.isStatic && $0.clientHost == GroupConfiguration.embeddedClientHost
                }
                for member in gone { group.remove(memberID: member.memberID, now: now, into: &decision) }
            }
        }
        return decision
    }
}

extension Group {
    /// Builds the soft state of a group from what the log says of it.
    fileprivate mutating func restore(now: CoordinatorTime) {
        guard let logged else { return }
        generation = logged.generation
        protocolType = logged.protocolType.isEmpty ? nil : logged.protocolType
        protocolName = logged.protocolName
        leaderID = logged.leaderID
        members = logged.members.map { Member(logged: $0, protocolName: logged.protocolName) }
        for place in members.indices { members[place].touch(now) }
        phase = members.isEmpty ? .empty : .stable
        phaseSince = logged.stateTimestamp ?? now.wall
    }
}
