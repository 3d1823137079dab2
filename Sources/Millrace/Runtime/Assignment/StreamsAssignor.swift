internal import MillraceCluster
internal import MillraceCore
internal import Synchronization

/// Hands out tasks, not partitions, so that partition i of all topics of a sub-topology stays together; evenly over
/// the threads; and sticky: a task goes back to the thread that had it, else to a thread of the instance whose disk
/// has its state. Runs on the group leader's stream thread; `userData` on its own thread. Pure but for the
/// member's own list of tasks.
final class StreamsAssignor: GroupAssignor {
    let name = "millrace"
    private let layout: TaskLayout
    private let instance: String
    /// The tasks that this member has or had on its disk; written by its stream thread.
    private let previous = Mutex<[TaskID]>([])

    init(layout: TaskLayout, instance: String) {
        self.layout = layout
        self.instance = instance
    }

    func remember(_ tasks: [TaskID]) { previous.withLock { $0 = tasks } }

    func userData() -> [UInt8] {
        AssignorUserData(instance: instance, tasks: previous.withLock { $0 }).encoded()
    }

    func assign(
        members: [GroupAssignorMember], partitionCounts: [String: Int32]
    ) throws -> [String: GroupAssignorResult] {
        for topic in layout.sourceTopics where partitionCounts[topic] == nil {
            throw TopologyError.missingSourceTopic(topic: topic, node: "of the topology")
        }
        let tasks = layout.tasks(partitionCounts: partitionCounts)
        var balance = TaskBalance(
            members: members.map { member in
                let data = AssignorUserData(decoding: member.userData)
                return TaskBalance.Member(id: member.memberID, instance: data.instance, previous: data.tasks)
            })
        let assigned = balance.assign(tasks.map(\.task))
        let partitions = Dictionary(uniqueKeysWithValues: tasks.map { ($0.task, $0.partitions) })
        var results: [String: GroupAssignorResult] = [:]
        for member in members {
            let own = (assigned[member.memberID] ?? []).sorted()
            results[member.memberID] = GroupAssignorResult(partitions: own.flatMap { partitions[$0] ?? [] })
        }
        return results
    }
}

/// What a member tells the leader: version 1, instance name, tasks that it had.
struct AssignorUserData: Hashable {
    var instance: String
    var tasks: [TaskID]

    init(instance: String, tasks: [TaskID]) {
        self.instance = instance
        self.tasks = tasks
    }

    /// Bytes of another version count as a member without a past.
    init(decoding bytes: [UInt8]) {
        self.init(instance: "", tasks: [])
        let span = bytes.span.bytes
        var reader = ByteReader()
        do {
            let version: UInt8 = try reader.read(from: span)
            guard version == 1 else { return }
            let length: Int32 = try reader.read(from: span)
            let name = span.extracting(try reader.readRange(Int(length), from: span)).lossyUTF8
            let count: Int32 = try reader.read(from: span)
            var tasks: [TaskID] = []
            for _ in 0..<max(0, count) {
                let subtopology: Int32 = try reader.read(from: span)
                let partition: Int32 = try reader.read(from: span)
                tasks.append(TaskID(subtopology: Int(subtopology), partition: partition))
            }
            self.init(instance: name, tasks: tasks)
        } catch {
            return
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(UInt8(1))
        writer.append(Int32(instance.utf8.count))
        writer.append(utf8: instance)
        writer.append(Int32(tasks.count))
        for task in tasks {
            writer.append(Int32(task.subtopology))
            writer.append(task.partition)
        }
        return writer.copyBytes()
    }
}
