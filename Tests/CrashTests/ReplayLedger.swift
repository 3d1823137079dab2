import Millrace
import MillraceCore
import Testing

/// One restore of one store, as a life of the application reported it.
struct Restore {
    let store: String
    let checkpoint: Int64?
    let from: Int64
    let to: Int64
    let records: Int64
    /// "kept", or why the store was read anew.
    let fate: String

    init(_ report: RestoreReport) {
        store = "\(report.task) \(report.store)"
        checkpoint = report.checkpoint?.rawValue
        from = report.from.rawValue
        to = report.to.rawValue
        records = Int64(report.restoredRecords)
        fate = report.rebuild.map { "\($0)" } ?? "kept"
    }

    /// Reads a line of `ChatCrashTool`; nil where it says something else.
    init?(line: String) {
        let words = line.split(separator: " ", maxSplits: 7).map(String.init)
        guard words.count == 8, words[0] == "restore", let from = Int64(words[4]), let to = Int64(words[5]),
            let records = Int64(words[6])
        else { return nil }
        store = "\(words[1]) \(words[2])"
        checkpoint = Int64(words[3])
        self.from = from
        self.to = to
        self.records = records
        fate = words[7]
    }
}

/// Holds the restores of all lives to the promise: only the changelog beyond the offset in the store is replayed, that
/// offset never goes back, and no store is thrown away. Pure.
struct ReplayLedger {
    /// The last offset that each store was found to stand for.
    private(set) var checkpoints: [String: Int64] = [:]
    /// Restores that found a later offset than the life before.
    private(set) var advances = 0
    /// Restores that had an offset to begin from.
    private(set) var tails = 0
    private(set) var replayedRecords: Int64 = 0
    /// Records that stood before the offsets and were not read.
    private(set) var sparedOffsets: Int64 = 0

    mutating func add(_ restore: Restore, _ comment: Comment) {
        let context: Comment = "\(restore.store): \(comment)"
        #expect(restore.fate == "kept", context)
        #expect(restore.records <= restore.to - restore.from, context)
        replayedRecords += restore.records
        let last = checkpoints[restore.store]
        guard let checkpoint = restore.checkpoint else {
            #expect(last == nil, "the store's offset is gone: \(context)")
            #expect(restore.from == 0, context)
            return
        }
        #expect(restore.from == checkpoint, context)
        #expect(checkpoint <= restore.to, context)
        #expect(checkpoint >= last ?? 0, "the store went back: \(context)")
        if checkpoint > last ?? 0 { advances += 1 }
        tails += 1
        sparedOffsets += checkpoint
        checkpoints[restore.store] = checkpoint
    }
}
