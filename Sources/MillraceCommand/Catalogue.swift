/// All commands, in the order in which help lists them. Pure.
enum Catalogue {
    static let version = "0.1"

    static let groups = [
        CommandGroup(words: ["topics"], summary: "Make, look at, change and delete topics"),
        CommandGroup(words: ["groups"], summary: "Look at consumer groups, move their positions, delete them"),
        CommandGroup(words: ["transactions"], summary: "Look at transactions, end what hangs"),
        CommandGroup(words: ["log"], summary: "Look into the files of a partition"),
        CommandGroup(words: ["bench"], summary: "Measure a broker"),
        CommandGroup(words: ["app"], summary: "Manage stream applications"),
    ]

    static let commands: [CommandEntry] = [
        CommandEntry(BrokerCommand.self),
        CommandEntry(TopicsCreate.self), CommandEntry(TopicsList.self), CommandEntry(TopicsDescribe.self),
        CommandEntry(TopicsAlter.self), CommandEntry(TopicsTrim.self), CommandEntry(TopicsDelete.self),
        CommandEntry(GroupsList.self), CommandEntry(GroupsDescribe.self), CommandEntry(GroupsResetOffsets.self),
        CommandEntry(GroupsDelete.self),
        CommandEntry(TransactionsList.self), CommandEntry(TransactionsDescribe.self),
        CommandEntry(TransactionsAbort.self),
        CommandEntry(ProduceCommand.self), CommandEntry(ConsumeCommand.self), CommandEntry(LogDump.self),
        CommandEntry(BenchProduce.self), CommandEntry(BenchConsume.self), CommandEntry(AppReset.self),
        CommandEntry(CompletionCommand.self),
    ]

    static let parser = CommandLineParser(groups: groups, commands: commands, version: version)
}
