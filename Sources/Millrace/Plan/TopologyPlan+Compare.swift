// How a topology is compared with a lock. Pure.
//
// A store that has lost its name is looked for by its structure, kind and serdes. One old and one new store of the same
// kind of structure are taken for each other; of several nobody can tell which was which.

extension TopologyPlan {
    /// Compares what a lock says with a topology.
    ///
    /// - Parameter partitionCounts: of the topics that are read, as they are now; those left out are not checked.
    /// - Parameter lock: what was taken down earlier.
    /// - Parameter topology: what is run.
    public static func compare(
        _ lock: TopologyLock, _ topology: Topology, partitionCounts: [String: Int32] = [:]
    ) -> TopologyPlan {
        let now = topology.lock(partitionCounts: partitionCounts)
        var plan = TopologyPlan()
        plan.compareStores(lock, now)
        plan.compareTopics(lock, now)
        plan.comparePartitions(lock, now)
        plan.compareParts(lock, now)
        return plan
    }

    private mutating func compareStores(_ lock: TopologyLock, _ now: TopologyLock) {
        let names = Set(now.stores.map(\.name))
        let known = Set(lock.stores.map(\.name))
        let gone = lock.stores.filter { !names.contains($0.name) }
        var matched: Set<String> = []
        for old in lock.stores {
            if let new = now.stores.first(where: { $0.name == old.name }) {
                stores.append(TopologyPlan.same(old, new))
                continue
            }
            let successors = now.stores.filter { !known.contains($0.name) && TopologyPlan.match(old, $0) }
            let rivals = gone.filter { rival in successors.contains { TopologyPlan.match(rival, $0) } }
            if successors.count == 1, rivals.count == 1 {
                matched.insert(successors[0].name)
                stores.append(.renamed(from: old.name, to: successors[0].name))
            } else {
                stores.append(.orphaned(old.name))
            }
        }
        for new in now.stores where !known.contains(new.name) && !matched.contains(new.name) {
            let candidates = gone.filter { TopologyPlan.match($0, new) }.map(\.name)
            stores.append(candidates.isEmpty ? .new(new.name) : .ambiguous(new.name, candidates: candidates))
        }
    }

    private static func match(_ old: TopologyLock.Store, _ new: TopologyLock.Store) -> Bool {
        old.structure == new.structure && old.kind == new.kind && agree(old.keySerde, new.keySerde)
            && agree(old.valueSerde, new.valueSerde)
    }

    private static func agree(_ old: String?, _ new: String?) -> Bool { old == nil || new == nil || old == new }

    private static func same(_ old: TopologyLock.Store, _ new: TopologyLock.Store) -> StoreChange {
        if old.kind != new.kind { return .rebuilt(old.name, reason: "it was a \(old.kind) store, now \(new.kind)") }
        for (what, before, after) in [
            ("key", old.keySerde, new.keySerde), ("value", old.valueSerde, new.valueSerde),
        ] where !agree(before, after) {
            return .rebuilt(
                old.name,
                reason: "its \(what)s were written with \(before ?? "?"), now they are read with \(after ?? "?")")
        }
        if old.structure != new.structure {
            return .rebuilt(
                old.name,
                reason:
                    "it belonged to another step: \(old.structure), now \(new.structure). Give the new step's store "
                    + "another name, or be sure that the rows mean the same")
        }
        return .kept(old.name)
    }

    private mutating func compareTopics(_ lock: TopologyLock, _ now: TopologyLock) {
        let names = Set(now.repartitionTopics.map(\.name))
        let known = Set(lock.repartitionTopics.map(\.name))
        var matched: Set<String> = []
        for old in lock.repartitionTopics {
            if names.contains(old.name) {
                repartitionTopics.append(.kept(old.name))
                continue
            }
            let successor = now.repartitionTopics.first {
                !known.contains($0.name) && !matched.contains($0.name) && $0.structure == old.structure
            }
            if let successor {
                matched.insert(successor.name)
                repartitionTopics.append(.renamed(from: old.name, to: successor.name))
            } else {
                repartitionTopics.append(.orphaned(old.name))
            }
        }
        for new in now.repartitionTopics where !known.contains(new.name) && !matched.contains(new.name) {
            repartitionTopics.append(.new(new.name))
        }
    }

    /// Partitions are for ever: a key's state lies with the partition that its hash chose when it was written
    /// (SEMANTICS J1).
    private mutating func comparePartitions(_ lock: TopologyLock, _ now: TopologyLock) {
        for (topic, before) in lock.partitionCounts.sorted(by: { $0.key < $1.key }) {
            guard let after = now.partitionCounts[topic], after != before else { continue }
            let affected = now.subtopologies.filter { $0.sources.contains(topic) }.flatMap(\.stores)
            let harm =
                affected.isEmpty
                ? "Repartition topics and changelogs behind it have their counts from it"
                : "Keys would land on other partitions than their rows in \(affected.sorted().joined(separator: ", "))"
            refusals.append(
                "topic \(topic) had \(before) partitions, now it has \(after). \(harm). Go back to \(before) "
                    + "partitions, or read everything again under a new application id")
        }
        for old in lock.repartitionTopics {
            guard let before = old.partitionCount,
                let after = now.repartitionTopics.first(where: { $0.name == old.name })?.partitionCount,
                before != after, lock.partitionCounts.isEmpty || !isRefused
            else { continue }
            refusals.append(
                "repartition topic \(old.name) had \(before) partitions, now it needs \(after): the stores "
                    + "behind it have \(before). Fix the count with Repartitioned(partitions: \(before)), or "
                    + "use a new application id")
        }
    }

    private mutating func compareParts(_ lock: TopologyLock, _ now: TopologyLock) {
        for old in lock.subtopologies where !old.stores.isEmpty {
            let kept = Set(old.stores)
            guard let new = now.subtopologies.first(where: { !kept.isDisjoint(with: $0.stores) }), new.id != old.id
            else { continue }
            notes.append(
                "sub-topology \(old.id) has become \(new.id): its stores are restored from their changelogs once")
        }
    }
}
