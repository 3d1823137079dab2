public import MillraceStores

// How Kafka Streams lets unmatched records out, bug for bug (`KStreamKStreamJoin`, its throttle aside; NOTES 6): a
// record of one side is looked for only if the window of the *other* kind of side has passed since a time that need not
// be that of the oldest one.

extension UnmatchedRecords {
    /// - Parameter span: how far the windows of the triggering record's side reach after a record.
    /// - Parameter body: returns false to give up; what it was called for last stays.
    @inlinable
    func takeAsKafkaStreams(at time: Int64, span: Int64, _ body: (ID, Rec) throws -> Bool) throws {
        let grace = windows.graceMilliseconds
        if minimumTime == .max || saturatingSum(minimumTime, span &+ grace) >= time { return }
        minimumTime = .max
        var due: [ID] = []
        var seesOpenLeft = false
        var seesOpenRight = false
        try walk { id in
            minimumTime = id.timestamp
            if seesOpenLeft && seesOpenRight { return false }
            if close(of: id) < time {
                due.append(id)
            } else if id.side == .left {
                seesOpenLeft = true
            } else {
                seesOpenRight = true
            }
            return true
        }
        for id in due {
            guard let list = try store.value(for: id) else { continue }
            for record in list {
                guard try body(id, record) else { return }
            }
            try remove(id)
        }
    }

    /// Calls `body` for all that is there: by timestamp, right before left, then by key.
    @inlinable
    func walk(_ body: (ID) throws -> Bool) throws {
        dropTaken()
        var leftPlace = left.start
        var rightPlace = right.start
        while leftPlace < left.entries.count || rightPlace < right.entries.count {
            let leftTime = leftPlace < left.entries.count ? left.entries[leftPlace].timestamp : .max
            let rightTime = rightPlace < right.entries.count ? right.entries[rightPlace].timestamp : .max
            var run: [ID] = []
            if rightPlace < right.entries.count && rightTime <= leftTime {
                while rightPlace < right.entries.count, right.entries[rightPlace].timestamp == rightTime {
                    run.append(ID(rightTime, .right, right.entries[rightPlace].key))
                    rightPlace += 1
                }
            } else {
                while leftPlace < left.entries.count, left.entries[leftPlace].timestamp == leftTime {
                    run.append(ID(leftTime, .left, left.entries[leftPlace].key))
                    leftPlace += 1
                }
            }
            for id in try inOrder(run) { if try !body(id) { return } }
        }
    }

    /// Forgets what has met a partner, so that each one that is there stands in its queue once.
    @inlinable
    func dropTaken() {
        var seen: Set<ID> = []
        left.entries.removeFirst(left.start)
        left.start = 0
        left.entries.removeAll { entry in
            let id = ID(entry.timestamp, .left, entry.key)
            return !present.contains(id) || !seen.insert(id).inserted
        }
        right.entries.removeFirst(right.start)
        right.start = 0
        right.entries.removeAll { entry in
            let id = ID(entry.timestamp, .right, entry.key)
            return !present.contains(id) || !seen.insert(id).inserted
        }
    }
}
