/// `process` and `processValues`: the user's processor as a node. Runs on the task's thread; what the processor does is
/// the user's.
@usableFromInline
enum ProcessOperator {
    @inlinable
    static func assemble<Key, Value, NewKey, NewValue, User: Processor<Key, Value, NewKey, NewValue>>(
        _ assembly: NodeAssembly,
        _ make: @escaping @Sendable (ProcessorContext<NewKey, NewValue>) throws -> User
    ) throws -> Receiver<Key, Value> {
        let context = try ProcessorContext<NewKey, NewValue>(assembly)
        let holder = ProcessorHolder<User>()
        assembly.onReady { holder.processor = try make(context) }
        assembly.onClose { holder.processor?.close() }
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let processor = holder.processor else { return }
            try context.guarded { try processor.process(record) }
        }
    }

    @inlinable
    static func assembleValues<Key, Value, NewValue, User: FixedKeyProcessor<Key, Value, NewValue>>(
        _ assembly: NodeAssembly,
        _ make: @escaping @Sendable (FixedKeyProcessorContext<Key, NewValue>) throws -> User
    ) throws -> Receiver<Key, Value> {
        let context = try ProcessorContext<Key, NewValue>(assembly)
        let holder = ProcessorHolder<User>()
        assembly.onReady { holder.processor = try make(FixedKeyProcessorContext(context)) }
        assembly.onClose { holder.processor?.close() }
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let processor = holder.processor else { return }
            try context.guarded { try processor.process(FixedKeyRecord(record)) }
        }
    }
}

/// The processor from the task's start on.
@usableFromInline
final class ProcessorHolder<User: AnyObject> {
    @exclusivity(unchecked)
    @usableFromInline var processor: User?

    @inlinable init() {}
}
