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
            StoreSnapshot(
                name: store.name, changelogRecords: store.changelogRecords,
                restoredRecords: task.restoredRecords[store.name] ?? 0,
                overlayBytes: store.store.overlayByteCount, checkpoint: store.store.checkpoint,
                flushLatency: store.flushLatency)
        }
        return TaskSnapshot(
            id: task.id, isRestoring: task.running == nil, processedRecords: task.context.metrics.processedRecords,
            dropped: task.context.metrics.dropped, streamTime: task.context.streamTime, sources: sources,
            nodes: task.context.metrics.nodeSnapshots, stores: stores, processLatency: task.processLatency)
    }
}
