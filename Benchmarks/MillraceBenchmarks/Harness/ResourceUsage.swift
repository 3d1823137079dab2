import Glibc
import MillraceCore

/// What the whole process has used so far: processor time of all threads, wall-clock time, bytes sent to the disk.
/// Read at the begin and the end of what is measured; the difference is the measurement.
struct ResourceUsage {
    var userSeconds: Double
    var systemSeconds: Double
    var wallSeconds: Double
    var writtenBytes: Int
    /// Processor time of a broker in another process; nil where there is none or it is not known.
    var brokerSeconds: Double?

    var cpuSeconds: Double { userSeconds + systemSeconds }

    /// - Parameter brokerID: a broker's process on this machine.
    static func now(brokerID: Int32? = nil) -> ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return ResourceUsage(
            userSeconds: seconds(usage.ru_utime), systemSeconds: seconds(usage.ru_stime),
            wallSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
            writtenBytes: procValue("/proc/self/io", key: "write_bytes:"),
            brokerSeconds: brokerID.flatMap(processSeconds))
    }

    static func - (end: ResourceUsage, start: ResourceUsage) -> ResourceUsage {
        ResourceUsage(
            userSeconds: end.userSeconds - start.userSeconds, systemSeconds: end.systemSeconds - start.systemSeconds,
            wallSeconds: end.wallSeconds - start.wallSeconds, writtenBytes: end.writtenBytes - start.writtenBytes,
            brokerSeconds: end.brokerSeconds.flatMap { end in start.brokerSeconds.map { end - $0 } })
    }

    /// Peak resident set of the process so far, in bytes.
    static var peakResidentBytes: Int { procValue("/proc/self/status", key: "VmHWM:") * 1024 }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// User and system time of all threads of a process: fields 14 and 15 of its line; the name in the second one may
    /// hold spaces and brackets.
    private static func processSeconds(_ id: Int32) -> Double? {
        guard let file = fopen("/proc/\(id)/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

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
