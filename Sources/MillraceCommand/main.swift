internal import Glibc
internal import MillraceCore

// The program: parses the command line, runs the command, says why it failed.

let console = Console()
exit(Program.run(Array(CommandLine.arguments.dropFirst()), console: console).rawValue)
