/// Whether coalesced tables forward what waited for the commit just now: then a node's records come in the order of
/// their keys' first updates, not of time, and time must not be acted on before the last has come. Owned by the node's
/// operator, on the task's thread.
@usableFromInline
final class EmissionPhase {
    /// Whether records come out of the commit.
    @exclusivity(unchecked)
    @usableFromInline private(set) var isRunning = false

    /// - Parameter end: called before each commit when all parents have forwarded what they had.
    @usableFromInline
    init(of assembly: NodeAssembly, end: @escaping () throws -> Void) {
        assembly.beforeEmissions { [self] in isRunning = true }
        assembly.beforeCommit { [self] in
            isRunning = false
            try end()
        }
    }
}
