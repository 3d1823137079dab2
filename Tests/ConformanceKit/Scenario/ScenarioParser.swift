public import Foundation

/// Reads conformance files: one scenario per line (`shared/conformance/FORMAT.md`). The only file of this library that
/// reads from disk.
public enum ScenarioParser {
    /// A line of a file: a scenario, or why it is none.
    public enum Line: Sendable {
        case scenario(Scenario)
        case unreadable(name: String, category: String, reason: String)
    }

    /// The `.jsonl` files of a folder in order of name; or the file itself.
    public static func files(at path: String) throws -> [URL] {
        let location = URL(fileURLWithPath: path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: path])
        }
        guard isDirectory.boolValue else { return [location] }
        return try FileManager.default.contentsOfDirectory(at: location, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "jsonl" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    public static func lines(of file: URL) throws -> [Line] {
        let category = file.deletingPathExtension().lastPathComponent
        let data = try Data(contentsOf: file)
        return data.split(separator: UInt8(ascii: "\n")).enumerated().compactMap { number, line in
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { return nil }
            do {
                return .scenario(try scenario(from: Data(line)))
            } catch {
                return .unreadable(name: "\(category):\(number + 1)", category: category, reason: "\(error)")
            }
        }
    }

    /// Parses one line.
    public static func scenario(from line: Data) throws -> Scenario {
        try JSONDecoder().decode(Scenario.self, from: line)
    }
}

extension ScenarioParser.Line {
    public var name: String {
        switch self {
        case .scenario(let scenario): scenario.name
        case .unreadable(let name, _, _): name
        }
    }
}
