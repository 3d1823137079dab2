import MillraceClient
import MillraceCore
import Testing

@testable import MillraceCommand

@Suite("Where positions go")
struct OffsetTargetTests {
    @Test(
        "a new position is kept within the log",
        arguments: [
            (.earliest, 50, nil, 10), (.latest, 50, nil, 100), (.offset(70), nil, nil, 70), (.offset(5), 50, nil, 10),
            (.offset(500), 50, nil, 100), (.shift(7), 50, nil, 57), (.shift(-7), 50, nil, 43),
            (.shift(-70), 50, nil, 10),
            (.shift(.max), 50, nil, 100), (.shift(1), nil, nil, nil), (.time(Timestamp(1)), 50, 60, 60),
            (.time(Timestamp(1)), 50, nil, 100), (.duration(.seconds(1)), nil, 20, 20),
        ] as [(OffsetTarget, Int64?, Int64?, Int64?)])
    func positions(target: OffsetTarget, current: Int64?, found: Int64?, expected: Int64?) {
        #expect(target.position(current: current, found: found, first: 10, end: 100) == expected)
    }

    @Test("a duration counts back from now")
    func duration() {
        #expect(OffsetTarget.duration(.seconds(2)).query(now: Timestamp(5_000)) == .at(Timestamp(3_000)))
        #expect(OffsetTarget.shift(1).query(now: .epoch) == nil)
    }

    @Test(
        "exactly one target is given",
        arguments: [
            ["--to-earliest", "--to-latest"], ["--to-offset", "1", "--shift-by", "1"], [],
        ])
    func oneOnly(words: [String]) {
        #expect(throws: UsageError.self) {
            try Catalogue.parser.parse(["groups", "reset-offsets", "g", "--all-topics"] + words)
        }
    }

    @Test("internal topics are told by their names")
    func internalTopics() {
        for name in [
            "app-counts-changelog", "app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition",
            "app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic", "app-x-subscription-response-topic",
        ] { #expect(InternalTopics.isInternal(name, of: "app"), "\(name)") }
        for name in ["app", "app-", "app-lines", "apps-x-changelog", "lines", "app-topic"] {
            #expect(!InternalTopics.isInternal(name, of: "app"), "\(name)")
        }
    }
}
