internal import MillraceCore

/// The folder in which an application keeps its stores on this machine. Does I/O.
struct LocalState {
    let path: String
    let isThere: Bool

    init(directory: String, application: String) throws {
        // A name that leads elsewhere must not be removed.
        guard !application.contains("/"), application != ".", application != ".." else {
            throw CommandFailure("'\(application)' is no name of a folder", exitCode: .usage)
        }
        path = directory + "/" + application
        isThere = try FileSystemDisk().exists(path)
    }

    func remove() throws(DiskError) {
        if isThere { try FileSystemDisk().removeDirectory(path) }
    }
}
