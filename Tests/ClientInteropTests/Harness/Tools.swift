import Foundation

/// Our own programs, which are built beside the test bundle. No I/O.
enum Tools {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name).path
    }
}
