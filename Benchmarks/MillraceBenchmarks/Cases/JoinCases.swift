import Millrace
import MillraceCore

/// Joins of two streams: half of the input records are in each of two topics, each with a partner or so within 100 ms.
enum JoinCases {
    static let all = [
        joinCase("J4 stream-stream join inner", isLeft: false), joinCase("J4 stream-stream join left", isLeft: true),
    ]

    private static let other = Topics.other
    private static let reach: Int64 = 100
    private static let windows = JoinWindows.symmetric(.milliseconds(reach), grace: .milliseconds(50))
    private static let input = Consumed(key: BytesSerde(), value: BytesSerde())

    private static func joinCase(_ name: String, isLeft: Bool) -> StreamCase {
        StreamCase(
            name: name, row: "no goal", emission: .everyUpdate, outputs: [Topics.output],
            describe: { builder in
                let left = builder.stream(Topics.input, input)
                let right = builder.stream(other, input)
                let joined: KStream<Bytes, Bytes>
                if isLeft {
                    joined = left.leftJoin(right, within: windows) { left, right in right ?? left }
                } else {
                    joined = left.join(right, within: windows) { _, right in right }
                }
                joined.to(Topics.output, Produced(key: BytesSerde(), value: BytesSerde()))
            },
            check: { run in
                let written = try OutputFold.records(of: Topics.output, in: run)
                let (pairs, alone) = expected(run.workload)
                // Those alone at the very end wait for a record that closes their windows.
                let most = pairs + (isLeft ? alone : 0)
                guard written <= most, written >= pairs else {
                    throw WrongResult(description: "\(written) results of \(pairs) pairs and \(alone) records alone")
                }
            }, otherTopics: [other])
    }

    /// The pairs, and how many left records meet nobody.
    private static func expected(_ workload: Workload) -> (pairs: Int, alone: Int) {
        let times = workload.parts([Topics.input, other]).map { part in
            var times = [[Int64]](repeating: [], count: part.keys)
            part.forEachRecord { key, time in times[Int(key)].append(time) }
            return times
        }
        var pairs = 0
        var alone = 0
        for (left, right) in zip(times[0], times[1]) {
            var first = 0
            for time in left {
                while first < right.count, right[first] < time - reach { first += 1 }
                var index = first
                while index < right.count, right[index] <= time + reach { index += 1 }
                pairs += index - first
                if index == first { alone += 1 }
            }
        }
        return (pairs, alone)
    }
}
