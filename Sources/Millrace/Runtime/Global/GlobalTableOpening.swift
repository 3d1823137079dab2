internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Opens the store of a global table and decides where its topic is to be read on: at the positions that stand beside
/// it, or from the beginning, with an empty store, where those do not fit the topic's log, or deletions behind them may
/// be gone from it. Does I/O; called by the global thread.
struct GlobalTableOpening {
    let specification: StoreSpecification
    let topic: String
    let directory: String
    let positions: GlobalPositions
    let configuration: StreamsConfiguration
    let disk: any Disk

    struct Opened {
        var store: any StateStore
        /// Where each partition is read from.
        var starts: [Int32: Offset]
        /// Where each partition ends now, as far as it is committed.
        var ends: [Int32: Offset]
        /// A time before those ends were asked for.
        var asOf: Timestamp
        /// When what is kept of the store last held all of the topic. An empty store lacks nothing now: compaction
        /// meets no deletion of what it is going to read before that is read.
        var caughtUp: Timestamp?
        /// Whether the store on disk was kept.
        var isKept: Bool
        var rebuild: RestoreReport.Rebuild?
    }

    func open() throws -> Opened {
        let admin = configuration.cluster.admin
        guard let description = try admin.describeTopic(topic) else {
            throw TopologyError.missingSourceTopic(topic: topic, node: specification.name)
        }
        let asOf = configuration.clock.now()
        var logStarts: [Int32: Offset] = [:]
        var ends: [Int32: Offset] = [:]
        var known = specification.isPersistent ? try positions.read(from: disk) : nil
        var rebuild: RestoreReport.Rebuild?
        var lacksSomething = false
        for partition in 0..<description.partitionCount {
            let id = TopicPartition(topic, partition)
            let start = try admin.offset(of: id, at: .earliest) ?? .zero
            // What is uncommitted now is read when it is committed; an open transaction must not hold up the start.
            let stable = try admin.offset(of: id, at: .latest(.readCommitted)) ?? start
            let end = try admin.offset(of: id, at: .latest(.readUncommitted)) ?? stable
            logStarts[partition] = start
            ends[partition] = stable
            guard let position = known?.positions[partition] else { continue }
            lacksSomething = lacksSomething || position < end
            if position < start || position > end {
                rebuild = .checkpointOutsideLog(checkpoint: position, logStart: start, logEnd: end)
            }
        }
        if rebuild == nil, lacksSomething {
            rebuild = try TombstoneRetention(configuration).rebuild(from: topic, since: known?.caughtUp)
        }
        if rebuild != nil { known = nil }
        if known == nil { try wipe() }
        var store: any StateStore
        do {
            store = try makeStore()
        } catch let error as StoreError where error.kind == .corrupt {
            rebuild = .corrupt(error.description)
            known = nil
            try wipe()
            store = try makeStore()
        }
        return Opened(
            store: store, starts: logStarts.merging(known?.positions ?? [:]) { _, position in position }, ends: ends,
            asOf: asOf, caughtUp: known.map(\.caughtUp) ?? asOf, isKept: known != nil, rebuild: rebuild)
    }

    private func makeStore() throws -> any StateStore {
        if specification.isPersistent { try disk.createDirectory(directory) }
        return try specification.makeStore(
            StoreEnvironment(location: .directory(directory), resources: configuration.storeResources))
    }

    private func wipe() throws(DiskError) {
        try positions.remove(from: disk)
        let path = "\(directory)/\(specification.name)"
        if try disk.exists(path) { try disk.removeDirectory(path) }
    }
}
