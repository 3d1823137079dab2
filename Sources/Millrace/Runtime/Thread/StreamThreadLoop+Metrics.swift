internal import MillraceCore
internal import MillraceStores

/// Counts for others to see, a few times a second.
extension StreamThreadLoop {
    func publishMetrics() {
        let now = nanoseconds
        let elapsed = now - min(now, lastPublished)
        if lastPublished > 0, elapsed > 0 {
            metrics.recordsPerSecond =
                Double(metrics.processedRecords - publishedRecords) * 1e9 / Double(elapsed)
        }
        lastPublished = now
        publishedRecords = metrics.processedRecords
        metrics.dropped = tasks.values.reduce(into: retiredDropped) { all, task in
            all.merge(task.context.metrics.dropped, uniquingKeysWith: +)
        }
        metrics.sentRecords = earlier.sentRecords + producer.sentRecords
        metrics.sentBytes = earlier.sentBytes + producer.sentBytes
        metrics.tasks = tasks.values.sorted { $0.id < $1.id }.map(snapshot)
        metrics.standbys = standbySnapshots
        reportLags()
        environment.status.report(thread: index, metrics: metrics)
    }

    private func snapshot(_ task: AssignedTask) -> TaskSnapshot {
        let sources = (task.running?.queues ?? []).map { queue in
            var lag: Int64?
            if let position = queue.position, let end = queue.knownEnd { lag = max(0, end.distance(from: position)) }
            return SourceSnapshot(
                partition: queue.partition, processedRecords: queue.processedRecords,
                bufferedRecords: queue.bufferedRecords, lag: lag)
        }
        let stores = task.stores.map { store in
            // A store that is being restored is the restore thread's.
            let progress = store.changelog.flatMap { task.restoring.contains($0) ? restorer.progress(of: $0) : nil }
            let isOwn = !(store.changelog.map { task.restoring.contains($0) } ?? false)
            return StoreSnapshot(
                name: store.name, changelogRecords: store.changelogRecords,
                restoredRecords: progress?.restoredRecords ?? task.restoredRecords[store.name] ?? 0,
                restoreLag: progress?.lag, overlayBytes: isOwn ? store.store.overlayByteCount : 0,
                checkpoint: isOwn ? store.store.checkpoint : nil, flushLatency: store.flushLatency)
        }
        return TaskSnapshot(
            id: task.id, isRestoring: task.running == nil, processedRecords: task.context.metrics.processedRecords,
            dropped: task.context.metrics.dropped, streamTime: task.context.streamTime, sources: sources,
            nodes: task.context.metrics.nodeSnapshots, stores: stores, processLatency: task.processLatency)
    }
}
