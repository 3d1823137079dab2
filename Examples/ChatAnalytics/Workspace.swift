import ChatAnalyticsKit
import Foundation

/// Where a run keeps its data: the folder the user named, or a temporary one that goes with the run.
struct Workspace {
    /// Of topics and stores.
    let data: String
    /// Of a synthetic log.
    let logs: String
    private let temporary: URL?

    init(_ options: Options) throws {
        let home: URL
        if let data = options.data {
            home = URL(filePath: data)
            temporary = nil
        } else {
            home = FileManager.default.temporaryDirectory.appending(path: "millrace-chat-\(UUID().uuidString)")
            temporary = home
        }
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        data = home.path(percentEncoded: false)
        logs = home.appending(path: "synthetic-logs").path(percentEncoded: false)
    }

    /// Removes a temporary folder; what the user named stays.
    func remove() {
        guard let temporary else { return }
        try? FileManager.default.removeItem(at: temporary)
    }
}
