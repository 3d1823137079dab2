/// What to do when a stream thread fails and no handler has caught it (KIP-671).
public enum UncaughtErrorReaction: Hashable, Sendable {
    /// End the thread, and begin another one in its place. Nothing uncommitted is kept, so that what failed is tried
    /// again: an error that stays comes again, after a pause that grows to 10 s.
    case replaceThread
    /// Stop this instance with `StreamsApplication.error`; others take over its tasks.
    case stopInstance
    /// Stop this instance, and by way of the group all others: theirs end with `.applicationStopped`.
    case stopApplication
}
