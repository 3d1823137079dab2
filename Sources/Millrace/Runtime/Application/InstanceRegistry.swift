internal import MillraceCore

/// Which instance has which tasks, as the last assignment said. Stream threads write it, any thread reads it.
final class InstanceRegistry: Sendable {
    private let instances = Monitor<[InstanceAssignment]>([])

    /// By name.
    var all: [InstanceAssignment] { instances.withLock { $0 } }

    func replace(_ all: [InstanceAssignment]) { instances.withLock { $0 = all } }
}
