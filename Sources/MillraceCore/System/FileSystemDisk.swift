internal import Glibc

/// The real disk: POSIX files. Does I/O; from any thread. It holds nothing, so all of them are the same disk.
///
/// Calls are repeated after EINTR and after short reads and writes. ENOSPC and EDQUOT become `.noSpace`.
public struct FileSystemDisk: Disk {
    /// The disk of this machine.
    public init() {}

    public func open(_ path: String, create: Bool) throws(DiskError) -> any DiskFile {
        FileSystemFile(path: path, descriptor: try FileSystemDisk.descriptor(path, create: create))
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw DiskError.fromErrno("list", directory) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw DiskError.fromErrno("list", directory) }
                return names.sorted()
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// Whether there is a file or folder.
    public func exists(_ path: String) throws(DiskError) -> Bool {
        if unsafe access(path, F_OK) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw DiskError.fromErrno("look up", path)
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        if unsafe mkdir(path, 0o755) == 0 { return }
        switch errno {
        case EEXIST where try isDirectory(path): return
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { break }
            try createDirectory(String(path[..<slash]))
            if unsafe mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        default: break
        }
        throw DiskError.fromErrno("create directory", path)
    }

    /// Removes a file.
    public func removeFile(_ path: String) throws(DiskError) {
        if unsafe unlink(path) != 0 { throw DiskError.fromErrno("remove", path) }
    }

    public func removeDirectory(_ path: String) throws(DiskError) {
        for name in try list(path) {
            let child = path + "/" + name
            if try isDirectory(child) { try removeDirectory(child) } else { try removeFile(child) }
        }
        if unsafe rmdir(path) != 0 { throw DiskError.fromErrno("remove directory", path) }
    }

    public func rename(_ source: String, to target: String) throws(DiskError) {
        if unsafe Glibc.rename(source, target) != 0 { throw DiskError.fromErrno("rename", source) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try retrying("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { _ = Glibc.close(descriptor) }
        _ = try retrying("sync directory", path) { fsync(descriptor) }
    }

    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        let descriptor = try FileSystemDisk.descriptor(path, create: true)
        let file = FileSystemFile(path: path, descriptor: descriptor)
        do {
            _ = try retrying("lock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
        } catch {
            file.close()
            throw error.errorNumber == EWOULDBLOCK
                ? DiskError(.locked, path: path, operation: "lock", errorNumber: error.errorNumber) : error
        }
        return FileSystemLock(file: file)
    }

    private static func descriptor(_ path: String, create: Bool) throws(DiskError) -> Int32 {
        try retrying("open", path) { unsafe Glibc.open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0o644) }
    }

    private func isDirectory(_ path: String) throws(DiskError) -> Bool {
        var status = stat()
        if unsafe lstat(path, &status) != 0 { throw DiskError.fromErrno("look up", path) }
        return status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Holds a `flock` for as long as its file is open.
private final class FileSystemLock: DiskLock {
    private let file: FileSystemFile

    init(file: FileSystemFile) { self.file = file }

    func release() { file.close() }
}

/// Repeats `call` while a signal interrupts it; throws where it returns a negative number.
func retrying(_ operation: String, _ path: String, _ call: () -> Int32) throws(DiskError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw DiskError.fromErrno(operation, path) }
    }
}

extension DiskError {
    /// What the last system call of this thread reported.
    static func fromErrno(_ operation: String, _ path: String) -> DiskError {
        let number = errno
        let reason: Reason =
            switch number {
            case ENOENT, ENOTDIR: .notFound
            case EEXIST: .alreadyExists
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM, EROFS: .permissionDenied
            default: .inputOutput
            }
        return DiskError(reason, path: path, operation: operation, errorNumber: number)
    }
}
