/// Whether the changes of one store wait for the commit at this moment. Where they do, the table's readers downstream
/// have not heard of its uncommitted rows yet: table joins then read the committed ones, so that a result's old value
/// is the result that went out before (SEMANTICS H5). Pure; belongs to the task's thread.
@usableFromInline
final class HeldChanges {
    /// Whether the table coalesces at all.
    private(set) var waitsForCommit = false
    @exclusivity(unchecked)
    @usableFromInline var areHeld = false

    init() {}

    @usableFromInline
    func waitForCommit() {
        waitsForCommit = true
        areHeld = true
    }
}
