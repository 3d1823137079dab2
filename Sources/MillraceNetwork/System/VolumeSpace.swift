internal import Glibc

/// How large the volume under a path is and what is free of it, in bytes. Asks the operating system; from any thread.
package struct VolumeSpace: Hashable, Sendable {
    package let totalBytes: Int64
    /// Free for those who are not root.
    package let usableBytes: Int64

    /// Nil where the system does not tell.
    package init?(at path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let blockBytes = UInt64(status.f_frsize)
        totalBytes = Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: blockBytes).partialValue)
        usableBytes = Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: blockBytes).partialValue)
    }
}
