import Foundation
import Testing

/// What `.ci/install-clients` has installed, and why it has not. Reads files.
enum Installation {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    static let folder = "\(root)/.build/interop"
    static let programs = "\(root)/Tests/ClientInteropTests/Clients"

    /// Nil where the clients are there.
    static let missing: String? = {
        if FileManager.default.fileExists(atPath: "\(folder)/ready") { return nil }
        let reason = try? String(contentsOfFile: "\(folder)/missing", encoding: .utf8)
        return reason.map { "the clients could not be installed: \($0)" }
            ?? "the clients are not installed: run .ci/install-clients (make test does)"
    }()

    /// In CI nothing is skipped: there the tests fail where the clients are missing.
    static let mayRun = missing == nil || ProcessInfo.processInfo.environment["CI"] == "true"
}

extension Trait where Self == ConditionTrait {
    /// For suites that need the clients of other people.
    static var needsClients: Self {
        .enabled(if: Installation.mayRun, Comment(rawValue: Installation.missing ?? ""))
    }
}
