/// The typed edge between two operators of one task: whoever holds it pushes records into the next operator.
///
/// It wraps a closure, not a class: a closure made in an `@inlinable` generic function is specialised for the user's
/// types in the user's module, while methods of generic classes, reached through a vtable, are not. Everything that is
/// generic over user types and runs once a record is therefore built from receivers.
///
/// Errors: user closures' errors are caught by the operator that calls them (`TaskContext.handleProcessingError`); what
/// a receiver throws ends the task's current transaction.
public struct Receiver<Key, Value> {
    @usableFromInline let body: (Record<Key, Value>) throws -> Void

    /// An edge that calls `body` with each record.
    @inlinable
    public init(_ body: @escaping (Record<Key, Value>) throws -> Void) { self.body = body }

    /// Pushes a record along the edge.
    @inlinable
    public func callAsFunction(_ record: Record<Key, Value>) throws { try body(record) }
}

extension Receiver {
    /// One receiver that pushes into each of `receivers` in order.
    @inlinable
    public static func all(_ receivers: [Receiver<Key, Value>]) -> Receiver<Key, Value> {
        switch receivers.count {
        case 0: return Receiver { _ in }
        case 1: return receivers[0]
        default: return Receiver { record in for receiver in receivers { try receiver(record) } }
        }
    }
}
