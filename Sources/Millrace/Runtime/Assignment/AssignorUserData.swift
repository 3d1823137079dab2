internal import MillraceCore

/// What a member tells the leader with each join. Pure.
///
///     UInt8 version (3) · UInt8 flags (1: all instances are to stop) · instance · host · Int32 port (0: none)
///     · Int32 generation · tasks that it runs · tasks that it keeps warm
///     · other tasks that have a directory on its disk · Int32 count of lags, and for each task · Int64 lag
///
/// A text is an Int32 length and its bytes, a list an Int32 count and as many pairs of Int32.
struct AssignorUserData: Hashable {
    private static let version: UInt8 = 3
    private static let stopFlag: UInt8 = 1

    /// The name of the instance, the same for all its threads.
    var instance: String
    /// What instances of one process that share a state directory have in common: a task's files are open in one of
    /// them at a time, so that they are one place to the assignment. See `StateDirectory.instance`.
    var place: String {
        guard let dash = instance.lastIndex(of: "-") else { return instance }
        return String(instance[..<dash])
    }
    /// Where other instances reach it.
    var host: HostInfo?
    /// The generation of its last assignment; -1 for none.
    var generation: Int32 = -1
    /// Tasks that the member has run since then.
    var active: [TaskID] = []
    /// Tasks that it keeps warm.
    var standby: [TaskID] = []
    /// Of the tasks that it keeps warm, how many offsets of their changelogs were left to read.
    var lags: [TaskID: Int64] = [:]
    /// Tasks whose state lies on its disk, as it was left.
    var onDisk: [TaskID] = []
    /// The member has failed in a way that is to stop all instances.
    var stopsApplication = false

    init(
        instance: String, host: HostInfo? = nil, generation: Int32 = -1, active: [TaskID] = [],
        standby: [TaskID] = [], onDisk: [TaskID] = [], lags: [TaskID: Int64] = [:],
        stopsApplication: Bool = false
    ) {
        self.lags = lags
        self.instance = instance
        self.host = host
        self.generation = generation
        self.active = active
        self.standby = standby
        self.onDisk = onDisk
        self.stopsApplication = stopsApplication
    }

    /// Bytes of another version count as a member without a past.
    init(decoding bytes: [UInt8]) {
        self.init(instance: "")
        let span = bytes.span.bytes
        var reader = ByteReader()
        do {
            let version: UInt8 = try reader.read(from: span)
            guard version == AssignorUserData.version else { return }
            let flags: UInt8 = try reader.read(from: span)
            let instance = try reader.readText(from: span)
            let host = try reader.readHost(from: span)
            self.init(
                instance: instance, host: host, generation: try reader.read(from: span),
                active: try reader.readTasks(from: span),
                standby: try reader.readTasks(from: span), onDisk: try reader.readTasks(from: span),
                lags: try reader.readLags(from: span), stopsApplication: flags & AssignorUserData.stopFlag != 0)
        } catch {
            return
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(AssignorUserData.version)
        writer.append(stopsApplication ? AssignorUserData.stopFlag : UInt8(0))
        writer.append(text: instance)
        writer.append(host)
        writer.append(generation)
        for tasks in [active, standby, onDisk] { writer.append(tasks) }
        let sorted = lags.sorted { $0.key < $1.key }
        writer.append(sorted.map(\.key))
        for (_, lag) in sorted { writer.append(lag) }
        return writer.copyBytes()
    }

    /// Where several members say that they run a task, the one of the latest generation does. What the others have is
    /// what they left on their disks: they have missed an assignment.
    static func withoutOldClaims(_ members: [String: AssignorUserData]) -> [String: AssignorUserData] {
        var latest: [TaskID: Int32] = [:]
        for data in members.values {
            for task in data.active { latest[task] = max(latest[task] ?? -1, data.generation) }
        }
        return members.mapValues { data in
            var data = data
            data.onDisk += data.active.filter { latest[$0] != data.generation }
            data.active.removeAll { latest[$0] != data.generation }
            return data
        }
    }
}

/// What one instance was given in the last assignment, over all its threads.
struct InstanceAssignment: Hashable, Sendable {
    var instance: String
    var host: HostInfo?
    var active: [TaskID] = []
    var standby: [TaskID] = []
}

/// What the leader tells a member beside its partitions. Pure.
///
///     UInt8 version (2) · UInt8 flags (1: stop) · Int64 acceptable lag · tasks to keep warm · those of them to ask for
///     · Int32 count of instances, and for each
///     instance · host · Int32 port · tasks that it runs · tasks that it keeps warm
struct AssignmentUserData: Hashable {
    private static let version: UInt8 = 2
    private static let stopFlag: UInt8 = 1

    /// The tasks that this member is to keep warm.
    var standby: [TaskID] = []
    /// Those of them that the instance is to get: once all are warm the member asks for the next assignment.
    var warmups: [TaskID] = []
    /// How many offsets may be left to read of what is warm: the leader's setting, by which it decides.
    var acceptableLag: Int64 = 0
    /// All instances of the group, by name.
    var instances: [InstanceAssignment] = []
    /// A member has failed in a way that is to stop all instances.
    var stopsApplication = false

    init(
        standby: [TaskID] = [], warmups: [TaskID] = [], acceptableLag: Int64 = 0,
        instances: [InstanceAssignment] = [], stopsApplication: Bool = false
    ) {
        self.acceptableLag = acceptableLag
        self.standby = standby
        self.warmups = warmups
        self.instances = instances
        self.stopsApplication = stopsApplication
    }

    /// Bytes of another version, or none, say nothing.
    init(decoding bytes: [UInt8]) {
        self.init()
        let span = bytes.span.bytes
        var reader = ByteReader()
        do {
            let version: UInt8 = try reader.read(from: span)
            guard version == AssignmentUserData.version else { return }
            let flags: UInt8 = try reader.read(from: span)
            let acceptableLag: Int64 = try reader.read(from: span)
            let standby = try reader.readTasks(from: span)
            let warmups = try reader.readTasks(from: span)
            let count: Int32 = try reader.read(from: span)
            var instances: [InstanceAssignment] = []
            for _ in 0..<max(0, count) {
                instances.append(
                    InstanceAssignment(
                        instance: try reader.readText(from: span), host: try reader.readHost(from: span),
                        active: try reader.readTasks(from: span), standby: try reader.readTasks(from: span)))
            }
            self.init(
                standby: standby, warmups: warmups, acceptableLag: acceptableLag, instances: instances,
                stopsApplication: flags & AssignmentUserData.stopFlag != 0)
        } catch {
            return
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(AssignmentUserData.version)
        writer.append(stopsApplication ? AssignmentUserData.stopFlag : UInt8(0))
        writer.append(acceptableLag)
        writer.append(standby)
        writer.append(warmups)
        writer.append(Int32(instances.count))
        for instance in instances {
            writer.append(text: instance.instance)
            writer.append(instance.host)
            writer.append(instance.active)
            writer.append(instance.standby)
        }
        return writer.copyBytes()
    }
}

extension ByteWriter {
    fileprivate mutating func append(text: String) {
        append(Int32(text.utf8.count))
        append(utf8: text)
    }

    fileprivate mutating func append(_ host: HostInfo?) {
        append(text: host?.host ?? "")
        append(Int32(host?.port ?? 0))
    }

    fileprivate mutating func append(_ tasks: [TaskID]) {
        append(Int32(tasks.count))
        for task in tasks {
            append(Int32(task.subtopology))
            append(task.partition)
        }
    }
}

extension ByteReader {
    fileprivate mutating func readText(from span: RawSpan) throws -> String {
        let length: Int32 = try read(from: span)
        return span.extracting(try readRange(Int(length), from: span)).lossyUTF8
    }

    fileprivate mutating func readHost(from span: RawSpan) throws -> HostInfo? {
        let host = try readText(from: span)
        let port: Int32 = try read(from: span)
        return host.isEmpty ? nil : HostInfo(host: host, port: Int(port))
    }

    fileprivate mutating func readLags(from span: RawSpan) throws -> [TaskID: Int64] {
        var lags: [TaskID: Int64] = [:]
        for task in try readTasks(from: span) { lags[task] = try read(from: span) }
        return lags
    }

    fileprivate mutating func readTasks(from span: RawSpan) throws -> [TaskID] {
        let count: Int32 = try read(from: span)
        var tasks: [TaskID] = []
        for _ in 0..<max(0, count) {
            let subtopology: Int32 = try read(from: span)
            tasks.append(TaskID(subtopology: Int(subtopology), partition: try read(from: span)))
        }
        return tasks
    }
}
