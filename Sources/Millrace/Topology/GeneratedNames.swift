/// The names that a graph has made up, so that they can be told from those that the program gave. Pure.
///
/// How an operator asks for names: `graph.newName("KSTREAM-FILTER-")` for a node and `graph.newStoreName("KSTREAM-X-")`
/// for a store, always in Kafka Streams' order and only where the user gave none; a name may go on after it with a
/// hyphen (`newName("KSTREAM-JOINTHIS-") + "-store"`). What comes back is Kafka Streams' positional name. Under
/// `TopologyNaming.structural` it stands for the final one, which `build` derives from the nodes' parents: so state is
/// looked up with `assembly.store(name)` and topics with `assembly.topicName(reference)`, never by the string itself.
/// A step that changes keys says `node.changesKey = true`; one that forwards its records as they came, or not at all,
/// says `node.passesRecords = true`.
struct GeneratedNames {
    private var nextIndex = 0
    private var nextTopicIndex = 0
    /// What stands before the number, by the whole name.
    private var prefixes: [String: String] = [:]

    /// `prefix` and the next number in ten digits.
    mutating func next(_ prefix: String) -> String {
        defer { nextIndex += 1 }
        return remember(prefix, nextIndex)
    }

    /// A name for a repartition topic that Kafka Streams would call by something less stable; spends none of its
    /// numbers.
    mutating func nextTopic() -> String {
        defer { nextTopicIndex += 1 }
        return remember("REPARTITION-", nextTopicIndex)
    }

    /// `prefix` with the number of a name that was given out.
    mutating func next(_ prefix: String, numberedAs name: String) -> String {
        let other = prefix + name.suffix(10)
        prefixes[other] = prefix
        return other
    }

    private mutating func remember(_ prefix: String, _ index: Int) -> String {
        let digits = String(index)
        let name = prefix + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        prefixes[name] = prefix
        return name
    }

    /// What the name was asked for, in lower case: `aggregate` for `KSTREAM-AGGREGATE-STATE-STORE-0000000003`. Nil for
    /// a name that was given.
    func word(of name: String) -> String? {
        guard let prefix = prefix(of: name) else { return nil }
        var parts = prefix.split(separator: "-").map { $0.lowercased() }
        if let first = parts.first, first == "kstream" || first == "ktable" { parts.removeFirst() }
        if parts.first == "cogroupkstream" { parts[0] = "cogroup" }
        if parts.suffix(2) == ["state", "store"] { parts.removeLast(2) }
        return parts.joined(separator: "-")
    }

    /// Whether the program did not give the name.
    func contains(_ name: String) -> Bool { prefix(of: name) != nil }

    private func prefix(of name: String) -> String? {
        if let prefix = prefixes[name] { return prefix }
        var end = name.endIndex
        while let hyphen = name[..<end].lastIndex(of: "-") {
            if let prefix = prefixes[String(name[..<hyphen])] { return prefix }
            end = hyphen
        }
        return nil
    }
}
