extension StreamsApplication {
    /// Waits until everything that lies in the input topics is processed and committed, through all repartition topics.
    /// For programs and tests that have sent the last record and want the final result. Does I/O; polls.
    ///
    ///     guard try application.waitUntilProcessed(timeout: .seconds(60)) else { … }
    ///
    /// - Returns: false where it takes longer than `timeout`, or the application stops.
    /// - Throws: `ClusterError`.
    public func waitUntilProcessed(timeout: Duration) throws -> Bool {
        let lag = try GroupLag(of: configuration.applicationID, in: configuration.cluster)
        defer { lag.close() }
        let deadline = ContinuousClock.now + timeout
        // A topic that was empty may be filled by one that was asked later: once for every step of the way.
        var emptyLooks = 0
        while emptyLooks <= topology.subtopologies.count {
            emptyLooks = try lag.records(of: topology) == 0 ? emptyLooks + 1 : 0
            if emptyLooks > 0 { continue }
            guard ContinuousClock.now < deadline, !state.isFinal else { return false }
            // A moment, unless it stops meanwhile.
            _ = waitUntil(.notRunning, timeout: .milliseconds(10))
        }
        return true
    }
}
