import Millrace
import MillraceCore

// Joins of two streams.

extension TopologyCompiler {
    func addStreamJoin(_ step: Step) throws {
        let joiner = try Joiners.named(try step.string("fn"))
        let left = try stream(of: step)
        let right = try stream(of: step, "with")
        let windows = JoinWindows(
            before: .milliseconds(try step.integer("beforeMs")), after: .milliseconds(try step.integer("afterMs")),
            grace: .milliseconds(try step.integer("graceMs")))
        let joined = StreamJoined<String, String, String>(
            key: .string, left: .string, right: .string, name: try nodeName(of: step))
        let result: TextStream
        switch try step.string("kind") {
        case "inner":
            result = left.nullable.join(right, within: windows, joined) { key, left, right in
                joiner(key, left, right)
            }
        case "left":
            result = left.nullable.leftJoin(right, within: windows, joined) { key, left, right in
                joiner(key, left, right)
            }
        default:
            result = left.nullable.outerJoin(right, within: windows, joined) { key, left, right in
                joiner(key, left, right)
            }
        }
        try define(try step.id, .stream(result))
    }
}
