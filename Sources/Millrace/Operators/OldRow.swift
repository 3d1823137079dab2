/// The old row of a change, computed with user code only where it is asked for. Where it does no more than to spare
/// tombstones, a closure that throws for it costs nothing: the row then counts as unknown. Pure.
@usableFromInline
enum OldRow<Value> {
    /// There is no row and was none: nothing is to be said.
    case spared
    /// What goes downstream as the old value.
    case sent(Value?)

    /// - Parameters:
    ///   - use: what the old value is for.
    ///   - spares: whether nothing is said where there was no row either: the new row is absent.
    ///   - compute: the old row.
    @inlinable
    init(for use: OldValueUse, spares: Bool, _ compute: () throws -> Value?) throws {
        switch use {
        case .none: self = .sent(nil)
        case .own:
            self = spares ? OldRow.sparing(true, compute).withoutValue : .sent(nil)
        case .sparing: self = OldRow.sparing(spares, compute)
        case .results:
            let value = try compute()
            self = spares && value == nil ? .spared : .sent(value)
        }
    }

    @inlinable
    static func sparing(_ spares: Bool, _ compute: () throws -> Value?) -> OldRow {
        do {
            let value = try compute()
            return spares && value == nil ? .spared : .sent(value)
        } catch {
            return .sent(nil)
        }
    }

    @inlinable
    var withoutValue: OldRow {
        if case .spared = self { .spared } else { .sent(nil) }
    }
}
