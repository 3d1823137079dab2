internal import MillraceCluster
internal import MillraceCore
internal import Synchronization

/// Hands out tasks, not partitions, so that partition i of all topics of a sub-topology stays together; evenly over
/// the threads; and sticky: a task goes back to the thread that had it, else to where its state is. Instances that do
/// not run a task keep it warm, as many as the leader's settings say. Tells every member which instance has which
/// tasks. Runs on the group leader's stream thread; `userData` on its own thread. Pure but for what the member says of
/// itself.
final class StreamsAssignor: GroupAssignor {
    let name = "millrace"
    private let layout: TaskLayout
    private let standbyReplicas: Int
    private let limits: WarmupPlan.Limits
    /// What this member says; written by its stream thread.
    private let own: Mutex<AssignorUserData>

    init(
        layout: TaskLayout, instance: String, host: HostInfo? = nil, standbyReplicas: Int = 0,
        limits: WarmupPlan.Limits = WarmupPlan.Limits(acceptableLag: 10_000, warmupsMaximum: 2)
    ) {
        self.limits = limits
        self.layout = layout
        self.standbyReplicas = standbyReplicas
        own = Mutex(AssignorUserData(instance: instance, host: host))
    }

    /// What the member has since the assignment of this generation, in memory and on its disk.
    func remember(generation: Int32, active: [TaskID], standby: [TaskID], onDisk: [TaskID]) {
        own.withLock { own in
            own.generation = generation
            own.active = active
            own.standby = standby
            own.lags = own.lags.filter { standby.contains($0.key) }
            own.onDisk = onDisk.filter { !active.contains($0) && !standby.contains($0) }
        }
    }

    /// How far behind the tasks are that the member keeps warm.
    func report(lags: [TaskID: Int64]) { own.withLock { $0.lags = lags } }

    /// These directories are gone.
    func forget(onDisk removed: [TaskID]) { own.withLock { $0.onDisk.removeAll { removed.contains($0) } } }

    /// From the next join on, asks that all instances stop.
    func requestStop() { own.withLock { $0.stopsApplication = true } }

    func userData() -> [UInt8] { own.withLock { $0 }.encoded() }

    func assign(
        members: [GroupAssignorMember], partitionCounts: [String: Int32]
    ) throws -> [String: GroupAssignorResult] {
        for topic in layout.sourceTopics where partitionCounts[topic] == nil {
            throw TopologyError.missingSourceTopic(topic: topic, node: "of the topology")
        }
        let tasks = layout.tasks(partitionCounts: partitionCounts)
        let data = AssignorUserData.withoutOldClaims(
            Dictionary(uniqueKeysWithValues: members.map { ($0.memberID, AssignorUserData(decoding: $0.userData)) }))
        let candidates = data.map { id, data in
            TaskBalance.Member(
                id: id, instance: data.place, active: data.active, standby: data.standby, lags: data.lags,
                onDisk: data.onDisk)
        }
        var balance = TaskBalance(members: candidates)
        let balanced = balance.assign(tasks.map(\.task)).mapValues { $0.sorted() }
        let stateful = Set(layout.subtopologies.filter(\.hasState).map(\.id))
        let plan = WarmupPlan(
            members: candidates.sorted { $0.id < $1.id }, balanced: balanced, limits: limits
        ) { stateful.contains($0.subtopology) }
        let active = plan.active
        var placement = StandbyPlacement(members: candidates, active: active)
        let wanted = placement.place(
            tasks.map(\.task).filter { stateful.contains($0.subtopology) }, replicas: standbyReplicas)
        let standby = plan.added(to: wanted, members: candidates)
        let partitions = Dictionary(uniqueKeysWithValues: tasks.map { ($0.task, $0.partitions) })
        var answer = AssignmentUserData(stopsApplication: data.values.contains { $0.stopsApplication })
        answer.acceptableLag = limits.acceptableLag
        answer.instances = StreamsAssignor.instances(data, active: active, standby: standby)
        var results: [String: GroupAssignorResult] = [:]
        for member in members {
            answer.standby = standby[member.memberID] ?? []
            answer.warmups = plan.awaited(of: member.memberID, standby: answer.standby, members: candidates)
            results[member.memberID] = GroupAssignorResult(
                partitions: (active[member.memberID] ?? []).flatMap { partitions[$0] ?? [] },
                userData: answer.encoded())
        }
        return results
    }

    /// What each instance has got, by the names of the instances.
    private static func instances(
        _ members: [String: AssignorUserData], active: [String: [TaskID]], standby: [String: [TaskID]]
    ) -> [InstanceAssignment] {
        var found: [String: InstanceAssignment] = [:]
        for (id, data) in members.sorted(by: { $0.key < $1.key }) {
            var instance = found[data.instance] ?? InstanceAssignment(instance: data.instance)
            instance.host = instance.host ?? data.host
            instance.active += active[id] ?? []
            instance.standby += standby[id] ?? []
            found[data.instance] = instance
        }
        return found.values.sorted { $0.instance < $1.instance }.map { instance in
            var instance = instance
            instance.active.sort()
            instance.standby.sort()
            return instance
        }
    }
}
