/// A stream being divided; see `KStream.split`. The branches come out, under their names, of `defaultBranch` or
/// `noDefaultBranch`. A branch that was given no name is called by its position from 1, the default branch 0, all
/// with the name of the split in front.
public struct BranchedKStream<Key, Value> {
    @usableFromInline let stream: KStream<Key, Value>
    @usableFromInline let prefix: String
    @usableFromInline let splitter: String
    @usableFromInline var names: [String] = []
    @usableFromInline var predicates: [@Sendable (Key?, Value?) throws -> Bool] = []

    @inlinable
    init(stream: KStream<Key, Value>, name: String?) {
        self.stream = stream
        prefix = name ?? ""
        splitter = name ?? stream.graph.newName("KSTREAM-BRANCH-")
    }

    /// The records for which no earlier predicate, but this one holds.
    @inlinable
    public func branch(
        name: String? = nil, _ predicate: @escaping @Sendable (Key, Value) throws -> Bool
    ) -> BranchedKStream {
        nullableBranch(name: name, nonNull(predicate))
    }

    /// The same for a predicate that takes nil for null keys and values.
    @inlinable
    public func nullableBranch(
        name: String? = nil, _ predicate: @escaping @Sendable (Key?, Value?) throws -> Bool
    ) -> BranchedKStream {
        var copy = self
        copy.names.append(name ?? String(names.count + 1))
        copy.predicates.append(predicate)
        // Kafka Streams spends a number on each branch.
        _ = stream.graph.newName("")
        return copy
    }

    /// Ends the division; records that no predicate wants go into one more branch.
    @inlinable
    public func defaultBranch(name: String? = nil) -> [String: KStream<Key, Value>] {
        var copy = self
        copy.names.append(name ?? "0")
        _ = stream.graph.newName("")
        return copy.noDefaultBranch()
    }

    /// Ends the division; records that no predicate wants are dropped.
    @inlinable
    public func noDefaultBranch() -> [String: KStream<Key, Value>] {
        let graph = stream.graph
        let predicates = predicates
        let node = graph.addNode(splitter, parents: [stream.node]) { assembly in
            try BranchOperator.assemble(assembly, predicates)
        }
        var branches: [String: KStream<Key, Value>] = [:]
        for name in names {
            let child = graph.addNode(prefix.isEmpty ? "\(splitter)-\(name)" : prefix + name, parents: [node]) {
                try PassThroughOperator.assemble($0, Key.self, Value.self)
            }
            branches[prefix + name] = stream.with(
                child, key: stream.keySerde, value: stream.valueSerde, needsRepartition: stream.needsRepartition)
        }
        return branches
    }
}
