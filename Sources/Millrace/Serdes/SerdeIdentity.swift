/// Which serde a value is written with, as far as that can be told from outside: for the plan, and to see whether two
/// steps may share a topic. Pure.
@usableFromInline
final class SerdeIdentity: Sendable {
    /// Its type.
    let name: String
    /// Whether two of the type may write different bytes.
    let hasState: Bool

    @usableFromInline
    init(name: String, hasState: Bool) {
        self.name = name
        self.hasState = hasState
    }

    /// Whether both certainly write the same bytes: they are one serde, or of one type without any state.
    func agrees(with other: SerdeIdentity) -> Bool {
        self === other || name == other.name && !hasState && !other.hasState
    }
}
