import Foundation
import Testing

@testable import ConformanceKit

@Suite("Reading scenarios")
struct ParserTests {
    static let line = #"""
        {"name":"n","category":"01-x","kind":"hand","later":[1],"config":{"processingHandler":"logAndContinue"},
        "compare":"state","topics":[{"name":"in","partitions":1}],
        "steps":[{"id":"s","op":"stream","topic":"in"},{"op":"aggregate","from":"s","init":null,"later":{"a":[true]}}],
        "inputs":[{"topic":"in","key":null,"valueHex":"00fF","timestamp":-1,"headers":[["h","1"],["h","2"]]},
        {"topic":"in","keyHex":"","value":"","timestamp":2},{"advanceWallClockMs":5},{"rebalance":true}],
        "outputs":[{"topic":"o","key":"k","value":null,"timestamp":3,"afterInput":1},
        {"topic":"peek:p","key":null,"value":"v","afterInput":1}],
        "stores":{"st":[{"key":"a","value":"1"}]},"droppedRecords":4,"error":{"atInput":2,"kind":"X"}}
        """#

    @Test("every field of the format")
    func fields() throws {
        let scenario = try ScenarioParser.scenario(from: Data(Self.line.replacing("\n", with: "").utf8))
        #expect(scenario.comparison == .state)
        #expect(scenario.configuration == ["processingHandler": .string("logAndContinue")])
        #expect(scenario.topics == [TopicDeclaration(name: "in", partitions: 1)])
        #expect(scenario.steps[1].fields["init"] == .null)
        #expect(scenario.steps[0].fields["init"] == nil)
        #expect(try scenario.steps[1].nullableString("init") == nil)
        #expect(throws: NotYetSupported.self) { try scenario.steps[0].nullableString("init") }
        #expect(
            scenario.inputs[0]
                == .record(
                    InputRecord(
                        topic: "in", key: nil, value: [0, 255], timestamp: -1,
                        headers: [TextHeader("h", "1"), TextHeader("h", "2")])))
        #expect(
            scenario.inputs[1]
                == .record(InputRecord(topic: "in", key: [], value: [], timestamp: 2, headers: [])))
        #expect(scenario.inputs[2] == .advanceWallClock(milliseconds: 5))
        guard case .unknown = scenario.inputs[3] else {
            Issue.record("an unknown input is kept as such")
            return
        }
        #expect(scenario.expected.outputs.map(\.timestamp) == [3, nil])
        #expect(scenario.expected.outputs.map(\.key) == ["k", nil])
        #expect(scenario.expected.stores == ["st": [StoreRow(key: "a", value: "1", timestamp: nil)]])
        #expect(scenario.expected.droppedRecords == 4)
        #expect(scenario.expected.error == .atInput(2))
    }

    @Test(
        "a line that is no scenario is reported", arguments: ["{", "[]", #"{"name":"n"}"#, #"{"name":"n","steps":3}"#])
    func unreadable(line: String) {
        #expect(throws: (any Error).self) { try ScenarioParser.scenario(from: Data(line.utf8)) }
    }

    @Test("operators, fields and kinds that are not built are named")
    func unsupported() throws {
        var scenario = try ScenarioParser.scenario(from: Data(Self.line.replacing("\n", with: "").utf8))
        func reason() -> String? {
            do { try SupportedOperators.check(scenario) } catch { return "\(error)" }
            return nil
        }
        #expect(reason() == "aggregate with later")
        scenario.steps = [Step(op: "teleport", fields: [:])]
        #expect(reason() == "teleport")
        scenario.steps = [Step(op: "windowedBy", fields: ["kind": .string("lunar")])]
        #expect(reason() == "windowedBy lunar")
        scenario.steps = []
        #expect(reason()?.hasPrefix("input ") == true)
        scenario.inputs.removeLast()
        #expect(reason() == nil)
        scenario.configuration["caching"] = .boolean(true)
        #expect(reason() == "config caching")
    }
}
