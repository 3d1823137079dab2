/// The value of a record that came too late for a window and was not counted in it (`TimeWindowedKStream.late`). A
/// record that is late for several windows comes once for each. Pure.
public struct Late<Value> {
    /// Of the record; nil where that has none.
    public let value: Value?
    /// The window that it came too late for.
    public let window: Window
    /// How far stream time was past the end of the window (of a session: past the gap after it). A longer grace would
    /// have let the record count.
    public let lateness: Duration

    /// What a windowed aggregation says of a record that it drops.
    @inlinable
    public init(value: Value?, window: Window, lateness: Duration) {
        self.value = value
        self.window = window
        self.lateness = lateness
    }
}

extension Late: Equatable where Value: Equatable {}
extension Late: Hashable where Value: Hashable {}
extension Late: Sendable where Value: Sendable {}
