/// A serde that knows better than its type's name what it is called, because it stands for another.
public protocol NamedSerde {
    /// For plans and logs: `StringSerde`, say.
    var serdeName: String { get }
}
