import Testing

@Suite("Groups and applications over the wire", .serialized)
struct GroupProcessTests {
    @Test("a group reads, is described, reset by plan and by deed, and deleted")
    func life() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "2")
        try broker.expect("produce", "t", "--partition", "0", input: "a\nb\nc\n")
        try broker.expect("produce", "t", "--partition", "1", input: "d\n")
        let read = try broker.expect("consume", "t", "--group", "g", "--from-beginning", "-n", "4", "--timeout", "30s")
        #expect(Set(read.split(separator: "\n")) == ["a", "b", "c", "d"])
        #expect(try broker.expect("groups", "list").contains("g      Empty"))
        #expect(try broker.expect("groups", "describe", "g", "--json").contains(#""lag":0"#))
        let plan = try broker.run("groups", "reset-offsets", "g", "--topic", "t:0", "--to-earliest")
        #expect(plan.status == 0)
        #expect(plan.errors.contains("--execute"))
        #expect(plan.output == "TOPIC  PARTITION  NOW  NEW\nt              0    3    0\n")
        #expect(try broker.expect("groups", "describe", "g").contains("lag 0"), "a plan changes nothing")
        try broker.expect("groups", "reset-offsets", "g", "--all-topics", "--to-earliest", "--execute")
        #expect(try broker.expect("groups", "describe", "g").contains("lag 4"))
        try broker.expect("groups", "reset-offsets", "g", "--topic", "t:0", "--shift-by", "2", "--execute")
        try broker.expect("groups", "reset-offsets", "g", "--topic", "t:1", "--to-latest", "--execute")
        #expect(try broker.expect("consume", "t", "--group", "g", "-n", "1", "--timeout", "30s") == "c\n")
        try broker.expect("groups", "reset-offsets", "g", "--all-topics", "--to-datetime", "2001-01-01", "--execute")
        #expect(try broker.expect("groups", "describe", "g").contains("lag 4"))
        #expect(try broker.expect("groups", "delete", "g") == "g: deleted\n")
        #expect(try !broker.expect("groups", "list").contains("g "))
        let gone = try broker.run("groups", "describe", "g")
        #expect(gone.status == 1)
        #expect(gone.errors.contains("GROUP_ID_NOT_FOUND"))
    }

    @Test("a group with members is described with them, and neither reset nor deleted")
    func members() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "2")
        try broker.expect("produce", "t", input: "a\n")
        let member = try broker.start("consume", "t", "--group", "g", "--from-beginning")
        #expect(
            try eventually { try broker.run("groups", "describe", "g").output.contains("Stable") }, "\(member.errors)")
        let described = try broker.expect("groups", "describe", "g", "--members")
        #expect(described.contains("1 members"))
        #expect(described.contains("t-0 t-1"))
        let reset = try broker.run("groups", "reset-offsets", "g", "--topic", "t", "--to-latest", "--execute")
        #expect(reset.status == 1)
        #expect(reset.errors.contains("group g has 1 members"))
        #expect(try broker.run("groups", "delete", "g").errors.contains("NON_EMPTY_GROUP"))
        #expect(try eventually { member.output == "a\n" || !member.isRunning } || true)
        member.send(2)
        #expect(try member.wait() == 130, "\(member.errors)")
        #expect(try eventually { try broker.run("groups", "describe", "g").output.contains("Empty") })
        #expect(try broker.expect("groups", "describe", "g").contains("lag 0"), "what was printed is committed")
    }

    @Test("an application is put back: positions, internal topics, local state")
    func reset() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "lines", "app-counts-changelog", "app-by-word-repartition", "app-lines")
        try broker.expect("produce", "lines", input: "a\nb\n")
        try broker.expect("consume", "lines", "--group", "app", "--from-beginning", "-n", "2", "--timeout", "30s")
        let state = broker.folder.path + "/state"
        #expect(try Shell.run("mkdir", ["-p", state + "/app/0_0"]).status == 0)
        let plan = try broker.expect("app", "reset", "app", "--input-topic", "lines", "--state-dir", state)
        #expect(plan.contains("app-by-word-repartition\n  app-counts-changelog\n"))
        #expect(plan.contains("lines          0    2    0"))
        #expect(try broker.expect("topics", "list").contains("app-counts-changelog"))
        try broker.expect("app", "reset", "app", "--input-topic", "lines", "--state-dir", state, "--execute")
        let topics = try broker.expect("topics", "list")
        #expect(!topics.contains("changelog") && !topics.contains("repartition") && topics.contains("app-lines"))
        #expect(try broker.expect("groups", "describe", "app").contains("lag 2"))
        #expect(try Shell.run("ls", [state]).output == "")
    }
}
