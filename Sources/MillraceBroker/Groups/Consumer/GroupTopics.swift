package import MillraceCore

/// The topics of the broker as group coordinators see them: an immutable picture with a number. Pure; the shard gives
/// its coordinator a new one when topics have changed, and heartbeats compare what their group reads with it.
package struct GroupTopics: Hashable, Sendable {
    package struct Topic: Hashable, Sendable {
        package var name: String
        package var id: TopicID
        package var partitionCount: Int32

        package init(name: String, id: TopicID, partitionCount: Int32) {
            self.name = name
            self.id = id
            self.partitionCount = partitionCount
        }
    }

    /// Another one for each picture; 0 for the empty one that coordinators begin with.
    package let version: UInt64
    /// Sorted by name.
    package let all: [Topic]
    private let byName: [String: Int]
    private let byID: [TopicID: Int]

    package init(version: UInt64 = 0, _ topics: [Topic] = []) {
        self.version = version
        all = topics.sorted { $0.name < $1.name }
        byName = Dictionary(all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        byID = Dictionary(all.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(name: String) -> Topic? { byName[name].map { all[$0] } }

    package subscript(id: TopicID) -> Topic? { byID[id].map { all[$0] } }

    /// What a group remembers of the topics it reads, to see that they have changed: 0 for none of them.
    func hash(of names: Set<String>) -> Int64 {
        var bytes: [UInt8] = []
        for name in names.sorted() {
            guard let topic = self[name] else { continue }
            bytes += name.utf8
            bytes += "\u{0}\(topic.id.high) \(topic.id.low) \(topic.partitionCount)\u{0}".utf8
        }
        return bytes.isEmpty ? 0 : Int64(bitPattern: unsafe Murmur3.hash128(bytes.span.bytes).first)
    }
}
