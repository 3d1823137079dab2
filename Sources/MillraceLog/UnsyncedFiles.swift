internal import MillraceCore

/// What a log has written and not yet synced, the active segment aside: files of closed segments, and names. Counts
/// never go back, so that tickets may overlap. Pure; part of its log.
struct UnsyncedFiles {
    private(set) var files: [any DiskFile] = []
    /// Files ever taken off the front.
    private var dropped = 0
    private var nameChanges = 0
    private var syncedNameChanges = 0

    /// What a ticket has to hand back.
    struct Mark: Hashable, Sendable {
        var fileEnd: Int
        var nameChanges: Int
    }

    var mark: Mark { Mark(fileEnd: dropped + files.count, nameChanges: nameChanges) }
    var hasNameChanges: Bool { nameChanges > syncedNameChanges }
    var isEmpty: Bool { files.isEmpty && !hasNameChanges }

    mutating func add(_ added: [any DiskFile]) { files += added }
    mutating func noteNameChange() { nameChanges += 1 }

    mutating func complete(_ mark: Mark) {
        let synced = max(0, mark.fileEnd - dropped)
        files.removeFirst(synced)
        dropped += synced
        syncedNameChanges = max(syncedNameChanges, mark.nameChanges)
    }
}
