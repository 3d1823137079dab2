import Glibc
import MillraceCore

/// The little a benchmark needs of the file system and of waiting.
enum Files {
    /// Removes the directory with all it holds and makes it again.
    static func makeEmpty(_ directory: String) throws {
        let disk = FileSystemDisk()
        if try disk.exists(directory) { try disk.removeDirectory(directory) }
        try disk.createDirectory(directory)
    }

    static func pause(milliseconds: UInt32) { usleep(milliseconds * 1_000) }
}
