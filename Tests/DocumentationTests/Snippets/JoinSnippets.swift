import Millrace
import MillraceTesting
import Testing

/// The code of docs/guide/joins.md, run by the test driver.
@Suite("Guide to joins")
struct JoinSnippets {
    struct User: Codable, Sendable {
        var name: String
        var team: String
    }

    private func makeTopology() throws -> Topology {
        let builder = StreamsBuilder()
        let messages = builder.stream("messages", Consumed(key: .string, value: .string))
        let users = builder.table("users", Consumed(key: .string, value: .json(User.self)))
        let teams = builder.table("teams", Consumed(key: .string, value: .string))
        let questions = builder.stream("questions", Consumed(key: .string, value: .string))
        let answers = builder.stream("answers", Consumed(key: .string, value: .string))
        let counts = messages.groupByKey().count(.as("counts"))

        let posts = messages.join(users) { text, user in "\(user.name): \(text)" }
        posts.to("posts", Produced(key: .string, value: .string))

        let answered = questions.join(
            answers, within: JoinWindows(before: .zero, after: .seconds(600), grace: .seconds(60))
        ) { question, answer in "\(question) – \(answer)" }
        answered.to("answered", Produced(key: .string, value: .string))

        let settled = questions.leftJoin(
            answers, within: JoinWindows(before: .zero, after: .seconds(600), grace: .seconds(60))
        ) { question, answer in answer ?? "nobody answered: \(question)" }
        settled.to("settled", Produced(key: .string, value: .string))

        let cards = users.leftJoin(counts) { user, count in "\(user.name) wrote \(count ?? 0)" }
        cards.toStream().to("cards", Produced(key: .string, value: .string))

        let withTeams = users.join(teams, foreignKey: { nick, user in user.team }) { user, team in
            "\(user.name) of \(team)"
        }
        withTeams.toStream().to("with-teams", Produced(key: .string, value: .string))
        return try builder.build()
    }

    @Test("each join gives what the guide says")
    func joins() throws {
        let driver = try TopologyTestDriver(try makeTopology())
        func send(_ topic: String, _ key: String, _ value: String, at second: Int64) throws {
            try driver.inputTopic(topic, key: .string, value: .string).send(key, value, at: Timestamp(second * 1_000))
        }
        func values(_ topic: String) throws -> [String?] {
            try driver.outputTopic(topic, key: .string, value: .string).readAll().map(\.value)
        }
        try send("teams", "engines", "the engine room", at: 0)
        try send("users", "ada", #"{"name":"Ada","team":"engines"}"#, at: 0)
        try send("messages", "ada", "hello", at: 1)
        try send("questions", "ada", "does it run?", at: 2)
        try send("answers", "ada", "it does", at: 300)
        try send("questions", "bob", "anybody?", at: 400)
        try send("questions", "cleo", "late already?", at: 2_000)
        #expect(try values("posts") == ["Ada: hello"])
        #expect(try values("answered") == ["does it run? – it does"])
        #expect(try values("settled") == ["it does", "nobody answered: anybody?"])
        #expect(try values("cards").last == "Ada wrote 1")
        #expect(try values("with-teams") == ["Ada of the engine room"])
    }
}
