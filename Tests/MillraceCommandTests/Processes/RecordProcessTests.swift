import Testing

@Suite("Records over the wire", .serialized)
struct RecordProcessTests {
    private static let all = "%p|%k|%v|%h\n"

    @Test(
        "lines come back as they were sent, with every compression",
        arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func roundTrip(codec: String) throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "lines", "--partitions", "1")
        let lines = (0..<500).map { "key\($0)\tvalue \($0) äöü\n" }.joined()
        let sent = try broker.run(
            "produce", "lines", "--key-separator", "\\t", "--compression", codec, "--header", "a=1", input: lines)
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(sent.errors == "500 records sent\n")
        let read = try broker.expect(
            "consume", "lines", "--from-beginning", "--until-end", "--format", "%k\\t%v\\n")
        #expect(read == lines)
        #expect(
            try broker.expect("consume", "lines", "-o", "-1", "--until-end", "-f", Self.all)
                == "0|key499|value 499 äöü|a=1\n")
    }

    @Test("a partition, a position, a number of records, null values and JSON")
    func selection() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "2")
        try broker.expect("produce", "t", "--partition", "1", input: "a\nb\nc\n")
        try broker.expect("produce", "t", "-k", ":", "--null", "NULL", "--partition", "0", input: "k:NULL\n")
        #expect(try broker.expect("consume", "t", "-p", "1", "-o", "1", "--until-end") == "b\nc\n")
        #expect(try broker.expect("consume", "t", "-p", "1", "--from-beginning", "-n", "2") == "a\nb\n")
        let json = try broker.expect("consume", "t", "-p", "0", "--from-beginning", "--until-end", "--json")
        #expect(json.contains(#""key":"k","value":null"#))
        #expect(try broker.expect("consume", "t", "-o", "2001-01-01", "-p", "1", "--until-end") == "a\nb\nc\n")
        #expect(try broker.run("consume", "t", "-p", "7", "--until-end").status == 1)
        #expect(
            try broker.run("produce", "t", "-k", ":", input: "no separator\n").errors.contains(
                "line 1 of standard input"))
    }

    @Test("committed records are read, aborted and open ones are not; a second producer fences the first")
    func transactions() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "1")
        try broker.expect(
            "produce", "t", "--transactional-id", "x", "--transaction-records", "2", input: "1\n2\n3\n")
        let open = try broker.start("produce", "t", "--transactional-id", "y", "--linger", "0ms")
        try open.write("open\n")
        #expect(try eventually { try broker.run("transactions", "list", "--state", "Ongoing").output.contains("y ") })
        #expect(
            try broker.expect("consume", "t", "--from-beginning", "--until-end", "-f", "%v ") == "1 2 3 ")
        #expect(
            try broker.expect(
                "consume", "t", "--from-beginning", "--until-end", "-f", "%v ", "--isolation", "read-uncommitted")
                == "1 2 3 open ")
        let described = try broker.expect("transactions", "describe", "y")
        #expect(described.contains("Ongoing"))
        #expect(described.contains("t-0"))
        #expect(try broker.expect("transactions", "list", "--producers-of", "t:0").contains("OPEN SINCE OFFSET"))
        #expect(try broker.expect("transactions", "abort", "y").contains("was Ongoing"))
        #expect(try !broker.run("transactions", "list", "--state", "Ongoing").output.contains("y "))
        try open.write("more\n")
        try open.closeInput()
        #expect(try open.wait() == 1, "a fenced producer fails")
        #expect(
            try broker.expect("consume", "t", "--from-beginning", "--until-end", "-f", "%v ") == "1 2 3 ")
        #expect(try broker.run("transactions", "describe", "nobody").status == 1)
        #expect(try broker.run("transactions", "abort", "nobody").status == 1)
    }

    @Test("a transaction that hangs is ended by its place, and readers go on")
    func hanging() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "1")
        try broker.expect("produce", "t", input: "before\n")
        let open = try broker.start("produce", "t", "--transactional-id", "y", "--linger", "0ms")
        try open.write("open\n")
        let start = "\"transactionStartOffset\":1"
        #expect(
            try eventually {
                try broker.run("transactions", "list", "--producers-of", "t", "--json").output.contains(start)
            })
        try broker.expect("produce", "t", input: "after\n")
        #expect(try broker.expect("consume", "t", "--from-beginning", "--until-end", "-f", "%v ") == "before ")
        let wrong = try broker.run("transactions", "abort", "--topic", "t", "--partition", "0", "--start-offset", "0")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("no open transaction begins at offset 0"))
        try broker.expect("transactions", "abort", "--topic", "t", "--partition", "0", "--start-offset", "1")
        #expect(try !broker.expect("transactions", "list", "--producers-of", "t", "--json").contains(start))
        #expect(try broker.expect("consume", "t", "--from-beginning", "--until-end", "-f", "%v ") == "before after ")
        open.send(9)
    }

    @Test("an interrupted transaction is aborted, with exit code 130")
    func interrupted() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "t", "--partitions", "1")
        let open = try broker.start("produce", "t", "--transactional-id", "y", "--linger", "0ms")
        try open.write("open\n")
        #expect(try eventually { try broker.run("transactions", "list", "--state", "Ongoing").output.contains("y ") })
        open.send(2)
        #expect(try open.wait() == 130, "\(open.errors)")
        #expect(try !broker.run("transactions", "list", "--state", "Ongoing").output.contains("y "))
        let reader = try broker.start("consume", "t")
        reader.send(2)
        let status = try reader.wait()
        #expect(status == 130 || status == 2, "\(status) \(reader.errors)")
    }

    @Test("a producer and a consumer are measured")
    func bench() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "load", "--partitions", "2")
        let produced = try broker.expect(
            "bench", "produce", "load", "--records", "5000", "--idempotent", "--broker-pid", "\(broker.pid)", "--json")
        #expect(produced.contains(#""records":5000,"failed":0"#))
        #expect(produced.contains(#""p99.9":"#))
        #expect(produced.contains(#""brokerMicrosecondsPerRecord":"#))
        let consumed = try broker.expect("bench", "consume", "load", "--latency", "--json")
        #expect(consumed.contains(#""records":5001"#), "the one that finds the broker counts as well: \(consumed)")
    }
}
