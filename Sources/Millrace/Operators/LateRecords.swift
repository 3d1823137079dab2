/// What a windowed operator does with records that come too late: it counts them, and passes them on where `.late` was
/// asked for. Runs on the task's thread; no I/O.
@usableFromInline
struct LateRecords<Key, Value> {
    @usableFromInline let metrics: NodeMetrics
    @usableFromInline let receiver: Receiver<Key, Late<Value>>?

    @inlinable
    init(_ assembly: NodeAssembly) throws {
        metrics = assembly.metrics
        receiver = try assembly.sideOutput()
    }

    /// Drops `record` from `window`.
    ///
    /// - Parameter lateness: how many milliseconds stream time was past the end of the window.
    @inlinable
    func drop(_ record: Record<Key, Value>, from window: Window, lateness: Int64) throws {
        metrics.drop(.late)
        guard let receiver else { return }
        let late = Late(value: record.value, window: window, lateness: .milliseconds(max(0, lateness)))
        try receiver(record.with(value: late))
    }
}
