import Glibc
import MillraceCore

/// What the whole process has used so far: processor time of all threads, wall-clock time, bytes sent to the disk.
/// Read at the begin and the end of what is measured; the difference is the measurement.
struct ResourceUsage {
    var userSeconds: Double
    var systemSeconds: Double
    var wallSeconds: Double
    var writtenBytes: Int

    var cpuSeconds: Double { userSeconds + systemSeconds }

    static func now() -> ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return ResourceUsage(
            userSeconds: seconds(usage.ru_utime), systemSeconds: seconds(usage.ru_stime),
            wallSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
            writtenBytes: procValue("/proc/self/io", key: "write_bytes:"))
    }

    static func - (end: ResourceUsage, start: ResourceUsage) -> ResourceUsage {
        ResourceUsage(
            userSeconds: end.userSeconds - start.userSeconds, systemSeconds: end.systemSeconds - start.systemSeconds,
            wallSeconds: end.wallSeconds - start.wallSeconds, writtenBytes: end.writtenBytes - start.writtenBytes)
    }

    /// Peak resident set of the process so far, in bytes.
    static var peakResidentBytes: Int { procValue("/proc/self/status", key: "VmHWM:") * 1024 }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// The number behind `key` in one of the kernel's text files; 0 where it is missing.
    private static func procValue(_ path: String, key: String) -> Int {
        guard let file = fopen(path, "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(key) else { continue }
            let words = text.dropFirst(key.count).split { $0 == " " || $0 == "\t" || $0 == "\n" }
            return words.first.flatMap { Int($0) } ?? 0
        }
        return 0
    }
}
