internal import MillraceBroker
internal import MillraceCluster

/// librdkafka's threads raise a signal, which is what the consumer sleeps on.
extension RecordReader: BatchSource {
    var alarm: any Wakeable { signal }

    func clearAlarm() { signal.clear() }

    func wait(until deadline: WaitDeadline) { _ = signal.wait(until: deadline) }
}
