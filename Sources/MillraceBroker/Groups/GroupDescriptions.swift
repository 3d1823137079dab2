package import MillraceCore

/// What `DescribeGroups`, `ListGroups` and `DeleteGroups` say of one group. Pure values.
package struct DescribedGroup: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var groupInstanceID: String?
        package var clientID: String
        package var clientHost: String
        /// Empty unless the group is stable, as in Kafka.
        package var metadata: [UInt8]
        package var assignment: [UInt8]

        package init(
            memberID: String, groupInstanceID: String?, clientID: String, clientHost: String, metadata: [UInt8],
            assignment: [UInt8]
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.metadata = metadata
            self.assignment = assignment
        }
    }
    /// `groupIDNotFound` for an unknown group and for one of the consumer protocol (the handler of the request drops it
    /// below version 6); its state is `Dead`.
    package var error: KafkaErrorCode
    /// For people; nil where there is no error.
    package var message: String?
    package var groupID: String
    package var state: String
    package var protocolType: String
    /// The protocol chosen; empty unless the group is stable.
    package var protocolName: String
    package var members: [Member]

    package init(
        error: KafkaErrorCode = .none, message: String? = nil, groupID: String, state: String,
        protocolType: String = "", protocolName: String = "", members: [Member] = []
    ) {
        self.error = error
        self.message = message
        self.groupID = groupID
        self.state = state
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.members = members
    }
}

package struct ListedGroup: Hashable, Sendable {
    package var groupID: String
    package var protocolType: String
    package var state: String
    /// `classic` or `consumer`.
    package var type: String

    package init(groupID: String, protocolType: String, state: String, type: String = "classic") {
        self.groupID = groupID
        self.protocolType = protocolType
        self.state = state
        self.type = type
    }
}

package struct DeletedGroup: Hashable, Sendable {
    package var groupID: String
    package var error: KafkaErrorCode

    package init(groupID: String, error: KafkaErrorCode) {
        self.groupID = groupID
        self.error = error
    }
}
