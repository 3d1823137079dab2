internal import MillraceCore

/// The state of a coordinator as entries: replaying them leads to what replaying its whole log leads to, open
/// transactions aside. Pure.
extension GroupCoordinator {
    var snapshotEntries: [GroupLogEntry] {
        groups.sorted { $0.key < $1.key }.flatMap { id, group in
            var entries: [GroupLogEntry] = []
            if let logged = group.logged { entries.append(.group(id: id, logged)) }
            for partition in group.offsets.partitions {
                if let value = group.offsets[partition] { entries.append(.offset(groupID: id, partition, value)) }
            }
            return entries
        }
    }
}
