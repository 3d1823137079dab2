/// Which updates of a table `KTable.suppress` holds back, and for how long. Pure.
///
///     counts.suppress(.untilWindowCloses(.unbounded))
///     totals.suppress(.untilTimeLimit(.seconds(30), .maxRecords(100_000)))
public struct Suppressed<Key>: Sendable {
    /// The time that orders a row in the buffer; nil for that of its first update.
    @usableFromInline let orderTime: (@Sendable (Key) -> Int64)?
    /// How long after that time a row leaves; nil: the windows say.
    @usableFromInline let wait: Duration?
    @usableFromInline let bounds: BufferBounds

    @usableFromInline
    init(orderTime: (@Sendable (Key) -> Int64)?, wait: Duration?, bounds: BufferBounds) {
        self.orderTime = orderTime
        self.wait = wait
        self.bounds = bounds
    }

    /// Holds every update back until its window has closed, and then emits one final result (SEMANTICS D4). Rows that
    /// are gone by then are not mentioned.
    ///
    /// - Parameter bounds: never leaves early: `.unbounded`, or bounds with `.shutDownWhenFull`.
    public static func untilWindowCloses<Inner>(_ bounds: BufferBounds = .unbounded) -> Suppressed
    where Key == Windowed<Inner> {
        Suppressed(orderTime: { $0.window.end.millisecondsSinceEpoch }, wait: nil, bounds: bounds)
    }

    /// Holds a row's first update back for `limit` of the table's time, together with all updates that follow in the
    /// meantime: the latest goes on, deletions too (SEMANTICS D3).
    ///
    /// - Parameters:
    ///   - limit: counted from the timestamp of the first update that is held; later ones do not start it anew.
    ///   - bounds: how much is held at most.
    public static func untilTimeLimit(_ limit: Duration, _ bounds: BufferBounds = .unbounded) -> Suppressed {
        Suppressed(orderTime: nil, wait: limit, bounds: bounds)
    }
}
