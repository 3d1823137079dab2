/// What becomes of a program's state when another version of it is started: which stores are kept, renamed, rebuilt,
/// orphaned or new, which repartition topics change, and what must not be done at all (SEMANTICS J1, J5). Pure; print
/// it before a deployment.
public struct TopologyPlan: Hashable, Sendable {
    /// What becomes of one store.
    public enum StoreChange: Hashable, Sendable {
        /// The same step keeps its state in it.
        case kept(String)
        /// The same step would begin with an empty store, since its name has changed. Named `from`, it keeps its state.
        case renamed(from: String, to: String)
        /// One of these stores that are no longer there was this step's, or none: they look the same. Give the right
        /// one's name.
        case ambiguous(String, candidates: [String])
        /// The name stays, but what is in it cannot be read, or means something else. Reset the application or choose
        /// another name.
        case rebuilt(String, reason: String)
        /// Nobody uses it any more; its changelog can be deleted.
        case orphaned(String)
        /// Begins empty.
        case new(String)
    }

    /// What becomes of one repartition topic.
    public enum TopicChange: Hashable, Sendable {
        /// It stays.
        case kept(String)
        /// Records that the old one still holds would be lost: stop the program once it has read it to its end.
        case renamed(from: String, to: String)
        /// Nobody reads it any more.
        case orphaned(String)
        /// It will be made.
        case new(String)
    }

    /// In the order of the lock, then new ones by name.
    public internal(set) var stores: [StoreChange] = []
    /// In the order of the lock, then new ones by name.
    public internal(set) var repartitionTopics: [TopicChange] = []
    /// Why this topology must not be started in the place of the old one.
    public internal(set) var refusals: [String] = []
    /// What is worth knowing and does no harm.
    public internal(set) var notes: [String] = []

    /// Whether there is a reason not to start.
    public var isRefused: Bool { !refusals.isEmpty }

    /// Whether all state is kept: nothing is renamed, rebuilt or orphaned.
    public var keepsEverything: Bool {
        refusals.isEmpty
            && stores.allSatisfy {
                switch $0 {
                case .kept, .new: true
                case .renamed, .ambiguous, .rebuilt, .orphaned: false
                }
            }
            && repartitionTopics.allSatisfy {
                switch $0 {
                case .kept, .new: true
                case .renamed, .orphaned: false
                }
            }
    }
}

extension TopologyPlan: CustomStringConvertible {
    /// A report for a person, a line for each store, topic, refusal and note.
    public var description: String {
        var lines: [String] = []
        for store in stores {
            switch store {
            case .kept(let name): lines.append("  kept      store \(name)")
            case .renamed(let from, let to):
                lines.append("! renamed   store \(from) -> \(to): it would begin empty; keep its state with")
                lines.append("            Materialized(as: \"\(from)\")")
            case .ambiguous(let name, let candidates):
                lines.append("! ambiguous store \(name) begins empty, unless it was one of these; name it then:")
                lines += candidates.map { "            Materialized(as: \"\($0)\")" }
            case .rebuilt(let name, let reason): lines.append("! rebuilt   store \(name): \(reason)")
            case .orphaned(let name): lines.append("! orphaned  store \(name): no step uses it any more")
            case .new(let name): lines.append("+ new       store \(name)")
            }
        }
        for topic in repartitionTopics {
            switch topic {
            case .kept(let name): lines.append("  kept      repartition topic \(name)")
            case .renamed(let from, let to):
                lines.append("! renamed   repartition topic \(from) -> \(to): let the old program read it to its end")
            case .orphaned(let name): lines.append("! orphaned  repartition topic \(name)")
            case .new(let name): lines.append("+ new       repartition topic \(name)")
            }
        }
        lines += refusals.map { "x refused   \($0)" }
        lines += notes.map { "  note      \($0)" }
        return lines.isEmpty ? "nothing to keep\n" : lines.joined(separator: "\n") + "\n"
    }
}
