/// The overlay of one window: a table of its keys. Owned by a `WindowStore`.
@usableFromInline
final class WindowTable<Key: Hashable, Value> {
    @usableFromInline let start: Int64
    @exclusivity(unchecked)
    @usableFromInline var table = OverlayTable<Key, Value>()
    /// Whether every key of the window is in the table.
    @usableFromInline var isComplete: Bool
    /// Set when the window is dropped: lists may still name its entries.
    @usableFromInline var isDropped = false

    @inlinable
    init(start: Int64, isComplete: Bool) {
        self.start = start
        self.isComplete = isComplete
    }

    /// One entry of one window.
    @usableFromInline
    struct Place {
        @usableFromInline let window: WindowTable
        @usableFromInline let index: Int32

        @inlinable
        init(_ window: WindowTable, _ index: Int32) {
            self.window = window
            self.index = index
        }
    }
}
