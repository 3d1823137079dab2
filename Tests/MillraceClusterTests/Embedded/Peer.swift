import MillraceCore

/// A call that may sleep, on a thread of its own: a task would hold one of the few threads that all tests run on.
final class Peer<Value: Sendable>: Sendable {
    private let outcome = Monitor<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) {
        _ = SystemThread.start(name: "peer") { [outcome] in
            let result = Result { try body() }
            outcome.update { $0 = result }
        }
    }

    func result() throws -> Value {
        outcome.wait { $0 != nil }
        return try outcome.withLock { outcome in
            guard let outcome else { throw CancellationError() }
            return try outcome.get()
        }
    }
}
