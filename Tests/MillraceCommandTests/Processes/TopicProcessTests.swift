import Testing

@Suite("Topics over the wire", .serialized)
struct TopicProcessTests {
    @Test("topics are made, listed, described, altered and deleted")
    func life() throws {
        let broker = try BrokerProcess()
        #expect(
            try broker.expect("topics", "create", "lines", "words", "--partitions", "3")
                == "lines: created\nwords: created\n")
        #expect(
            try broker.expect("topics", "list") == """
                TOPIC  PARTITIONS  REPLICAS  INTERNAL
                lines           3         1  no
                words           3         1  no

                """)
        try broker.expect("topics", "alter", "lines", "--partitions", "5", "--config", "retention.ms=1000")
        let described = try broker.expect("topics", "describe", "lines")
        #expect(described.contains("Topic lines, 5 partitions"))
        #expect(described.contains("retention.ms=1000"))
        #expect(
            try broker.expect("topics", "describe", "lines", "--json").contains(#""configs":{"retention.ms":"1000"}"#))
        try broker.expect("topics", "alter", "lines", "--delete-config", "retention.ms")
        #expect(try !broker.expect("topics", "describe", "lines").contains("retention.ms"))
        #expect(try broker.expect("topics", "delete", "lines") == "lines: deleted\n")
        #expect(try broker.expect("topics", "list", "--json").contains(#""name":"words""#))
        #expect(try broker.stop() == 0)
    }

    @Test("what is refused is said, with exit code 1; the rest is done")
    func refusals() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "a")
        let again = try broker.run("topics", "create", "a", "b")
        #expect(again.status == 1)
        #expect(again.output == "b: created\n")
        #expect(again.errors.contains("TOPIC_ALREADY_EXISTS"))
        #expect(try broker.expect("topics", "create", "a", "--if-not-exists") == "a: is there already\n")
        let missing = try broker.run("topics", "describe", "nowhere")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("topic nowhere: there is no such topic or partition"))
        #expect(try broker.run("topics", "delete", "nowhere").status == 1)
        #expect(try broker.expect("topics", "delete", "nowhere", "--if-exists") == "nowhere: is not there\n")
        #expect(try broker.run("topics", "create", "c", "--config", "no.such=1").status == 1)
        #expect(try broker.run("topics", "alter", "a", "--partitions", "1").status == 1)
        #expect(try broker.expect("topics", "create", "d", "--validate-only") == "d: can be created\n")
        #expect(try !broker.expect("topics", "list").contains("\nd "))
    }

    @Test("the first records of partitions are trimmed, up to an offset or all")
    func trim() throws {
        let broker = try BrokerProcess()
        try broker.expect("topics", "create", "lines", "--partitions", "2")
        for partition in ["0", "1"] {
            try broker.expect("produce", "lines", "--partition", partition, input: "a\nb\nc\nd\n")
        }
        #expect(
            try broker.expect("topics", "trim", "lines:0", "--before", "3") == "lines-0: records before 3 deleted\n")
        #expect(
            try broker.expect("consume", "lines", "--partition", "0", "--from-beginning", "--until-end") == "d\n")
        let tooFar = try broker.run("topics", "trim", "lines", "--before", "4", "--json")
        #expect(tooFar.status == 0, "\(tooFar.errors)")
        #expect(try broker.run("topics", "trim", "lines", "--before", "5").status == 1)
        try broker.expect("produce", "lines", "--partition", "1", input: "e\n")
        try broker.expect("topics", "trim", "lines", "--before", "end")
        #expect(try broker.expect("consume", "lines", "--from-beginning", "--until-end") == "")
        #expect(try broker.run("topics", "trim", "lines:7", "--before", "end").status == 1)
        #expect(try broker.run("topics", "trim", "lines", "--before", "-2").status == 2)
        #expect(try broker.run("topics", "trim", "lines").status == 2)
    }

    @Test("where no broker is, the exit code is 3; where the command line is wrong, 2")
    func exitCodes() throws {
        let nobody = try Millrace.run(["topics", "list", "--timeout", "300ms"])
        #expect(nobody.status == 3)
        #expect(nobody.errors.contains("cannot reach"))
        let wrong = try Millrace.run(["topics", "lits"])
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("did you mean 'list'?"))
        #expect(try Millrace.run(["--help"]).status == 0)
        #expect(try Millrace.run(["topics", "list", "--command-config", "/nowhere"]).status == 2)
    }
}
