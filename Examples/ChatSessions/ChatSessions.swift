import Foundation

/// The example as a program: reads the command line, gives an exit code.
@main
enum ChatSessions {
    static let help = """
        Finds the sessions of each nick in a chat, and who answers whose questions.

          ChatSessions [--logs <folder>] [--lines <number>] [--data <folder>]

          --logs <folder>    IRC logs, one file a day, named as 2004-12-25.log; default: a made-up log
          --lines <number>   how long the made-up log is (100000)
          --data <folder>    keeps topics and stores there; default: a temporary folder, removed at the end

        It exits with 0 if the streams' results equal those of a plain fold. Examples:

          swift run -c release ChatSessions
          swift run -c release ChatSessions --logs ../shared/data/irc
        """

    static func main() {
        do {
            let temporary = FileManager.default.temporaryDirectory.path + "/chat-sessions-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: temporary) }
            guard let demo = try parse(CommandLine.arguments.dropFirst(), temporary: temporary) else {
                return print(help)
            }
            if try demo.run() { return }
        } catch {
            FileHandle.standardError.write(Data("ChatSessions: \(error)\n".utf8))
        }
        exit(1)
    }

    /// Nil where help is wanted.
    static func parse(_ arguments: some Sequence<String>, temporary: String) throws -> SessionsDemo? {
        var demo = SessionsDemo(directory: temporary)
        var rest = Array(arguments)[...]
        while let option = rest.popFirst() {
            if ["--help", "-h"].contains(option) { return nil }
            guard let value = rest.popFirst() else { throw SessionsError("\(option) needs a value; see --help") }
            switch option {
            case "--logs": demo.logs = value
            case "--lines":
                guard let count = Int(value), count > 0 else { throw SessionsError("\(option) \(value) is no number") }
                demo.lineCount = count
            case "--data": demo.directory = value
            default: throw SessionsError("there is no option \(option); see --help")
            }
        }
        return demo
    }
}
