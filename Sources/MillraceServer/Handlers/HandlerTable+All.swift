/// All handlers. Each stands in a file of its own, named for the API and its number, as an extension:
///
///     extension HandlerTable {
///         mutating func addMetadata(_ environment: ServerEnvironment) {
///             on(MetadataRequest.self) { request, context in … }
///         }
///     }
extension HandlerTable {
    package static func all(_ environment: ServerEnvironment) -> HandlerTable {
        var table = HandlerTable()
        table.addDataPath(environment)
        return table
    }

    private mutating func addDataPath(_ environment: ServerEnvironment) {
        addProduce(environment)
        addFetch()
        addListOffsets(environment)
        addMetadata(environment)
        addFindCoordinator(environment)
        addOffsetForLeaderEpoch(environment)
        addDescribeCluster(environment)
    }
}
