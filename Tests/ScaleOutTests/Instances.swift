import EngineKit
import Foundation
import Glibc
import MillraceCore
import MillraceSimulation

/// Three processes of `ScaleOutTool` that are struck again and again: one is killed and started anew, or stopped for
/// longer than its session and let go on. Whom it hits, how and when the dice say. Used by the test's thread.
final class Instances {
    static let count = 3

    private(set) var kills = 0
    private(set) var stops = 0
    /// What was done, for who reads a failure.
    private(set) var story: [String] = []
    private let world: World
    private let arguments: [String]
    private let isStatic: Bool
    private let stopLength: Duration
    private let firstBlow: ContinuousClock.Instant
    private var processes: [ToolProcess] = []
    private var stopped: (index: Int, until: ContinuousClock.Instant)?
    private var nextBlow: ContinuousClock.Instant
    private var dice: SeededGenerator

    /// - Parameters:
    ///   - guarantee: `exactlyOnce` or `atLeastOnce`.
    ///   - stopLength: how long a stopped process stands still; nil for a little longer than its session.
    init(_ world: World, guarantee: String, seed: UInt64, stopLength: Duration?) throws {
        self.world = world
        dice = SeededGenerator(seed: seed)
        let session = world.engine.isApacheKafka ? 6_000 : 2_000
        self.stopLength = stopLength ?? .milliseconds(session + 2_000)
        let standbys = Bool.random(using: &dice) ? 1 : 0
        isStatic = Bool.random(using: &dice)
        arguments = [guarantee, "\(session)", "\(standbys)", world.engine.recordClient]
        firstBlow = .now + .seconds(4)
        nextBlow = firstBlow
        story.append("\(standbys) standbys, \(isStatic ? "static" : "dynamic") members")
        for index in 0..<Instances.count { processes.append(try start(index)) }
    }

    private func start(_ index: Int) throws -> ToolProcess {
        try ToolProcess(
            "ScaleOutTool",
            [world.address, "\(world.path)/state\(index)"] + arguments + (isStatic ? ["instance-\(index)"] : []),
            errorsPath: "\(world.path)/instance\(index).err")
    }

    /// Strikes where it is time to.
    func strike() throws {
        let now = ContinuousClock.now
        if let (index, until) = stopped, now > until {
            processes[index].send(SIGCONT)
            stopped = nil
            tell("continue \(index)")
        }
        guard now > nextBlow else { return }
        nextBlow = now + .milliseconds(Int64.random(in: 1_000...3_000, using: &dice))
        let index = Int.random(in: 0..<Instances.count, using: &dice)
        let isStop = Bool.random(using: &dice)
        if isStop, stopped == nil {
            processes[index].send(SIGSTOP)
            stopped = (index, now + stopLength)
            stops += 1
            tell("stop \(index)")
        } else if stopped?.index != index {
            processes[index].kill()
            processes[index] = try start(index)
            kills += 1
            tell("kill \(index)")
        }
    }

    /// Lets a stopped one go on.
    func release() {
        if let (index, _) = stopped { processes[index].send(SIGCONT) }
        stopped = nil
        tell("release")
    }

    /// Kills all.
    func end() { for process in processes { process.kill() } }

    /// False where one has ended by itself.
    var areRunning: Bool { processes.allSatisfy(\.isRunning) }

    /// How often instances have gone through a rebalance.
    var rebalances: Int { lines.count { $0 == "state running" } }

    /// Whether each of them last said that it runs.
    var areSettled: Bool {
        processes.indices.allSatisfy { notes(of: $0).last { $0.hasPrefix("state ") } == "state running" }
    }

    /// Why instances have ended by themselves.
    var complaints: [String] { lines.filter { $0.hasPrefix("failed") } }

    private var lines: [String] { processes.indices.flatMap(notes) }

    private func notes(of index: Int) -> [String] {
        processes[index].errors.split(separator: "\n").map { "\($0)" }
    }

    private func tell(_ text: String) {
        let time = (ContinuousClock.now - firstBlow) / .milliseconds(1)
        story.append("\(Int(time)): \(text)")
    }
}
