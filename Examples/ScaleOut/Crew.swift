import Foundation
import MillraceCore

/// The instances, by name, and the broker's address they are given. Starts, kills and asks processes; the main
/// thread's.
final class Crew {
    struct Member {
        let name: String
        let process: ChildProcess
        var status = InstanceStatus(state: "starting")
        var totals: InstanceTotals?
        fileprivate var takenLines = 0
    }

    private let program: String
    private let directory: String
    private let bootstrapServers: String
    private let partitions: Int32
    /// Those that run.
    private(set) var members: [Member] = []
    /// Names of those that were killed.
    private(set) var killed: [String] = []
    /// Tasks that the application has, and nobody else.
    let tasks: Set<String>

    init(program: String, directory: String, bootstrapServers: String, partitions: Int32, tasks: Set<String>) {
        self.program = program
        self.directory = directory
        self.bootstrapServers = bootstrapServers
        self.partitions = partitions
        self.tasks = tasks
    }

    func start(_ name: String) throws {
        let instance = InstanceProgram(
            bootstrapServers: bootstrapServers, directory: "\(directory)/\(name)", partitions: partitions)
        let process = try ChildProcess(program, instance.arguments, errors: "\(directory)/\(name).err")
        members.append(Member(name: name, process: process))
    }

    /// `kill -9`; its process id.
    func kill(_ name: String) throws -> Int32 {
        guard let index = members.firstIndex(where: { $0.name == name }) else {
            throw ScaleOutError("there is no instance \(name)")
        }
        let member = members.remove(at: index)
        member.process.kill()
        killed.append(name)
        return member.process.pid
    }

    /// Takes in what the instances have said.
    /// - Throws: `ScaleOutError` where one has ended, with its last words.
    func update() throws {
        for index in members.indices {
            let known = members[index].takenLines
            let (lines, hasEnded) = members[index].process.output.withLock {
                (Array($0.lines[known...]), $0.hasEnded)
            }
            members[index].takenLines += lines.count
            for line in lines {
                switch try JSONDecoder().decode(InstanceReport.self, from: Data(line.utf8)) {
                case .status(let status): members[index].status = status
                case .totals(let totals): members[index].totals = totals
                }
            }
            let name = members[index].name
            if hasEnded { throw ScaleOutError("instance \(name) has ended: \(lastWords(of: name))") }
        }
    }

    private func lastWords(of name: String) -> String {
        let text = (try? String(contentsOfFile: "\(directory)/\(name).err", encoding: .utf8)) ?? ""
        return String(text.suffix(500))
    }

    /// Whether all run, and every task is run by just one of them.
    var isSettled: Bool {
        let active = members.flatMap(\.status.active)
        return members.allSatisfy { $0.status.state == "running" } && active.count == tasks.count
            && Set(active) == tasks
    }

    /// Who has which tasks: the same as long as nothing moves.
    var assignment: [String: [String]] {
        Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.status.active) })
    }

    /// How often the group was rebalanced, as each has seen it.
    var rebalances: [Int] { members.map(\.status.rebalances) }

    /// Asks all for the rows of their stores.
    func askForTotals() throws {
        for index in members.indices {
            members[index].totals = nil
            try members[index].process.write("totals")
        }
    }

    /// What they have answered; nil until all have.
    var totals: [InstanceTotals]? {
        let totals = members.compactMap(\.totals)
        return totals.count == members.count ? totals : nil
    }

    /// All end in order; the names of those that do not.
    func stop(within limit: Duration) throws -> [String] {
        for member in members { try member.process.write("stop") }
        let late = members.filter { !$0.process.ends(within: limit) }.map(\.name)
        members = []
        return late
    }
}
