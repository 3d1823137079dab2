internal import Glibc

/// The processor time of processes, from the system. Does I/O.
enum ProcessCPU {
    /// Of this process, all threads, in seconds.
    static func ofThisProcess() -> Double {
        var usage = rusage()
        guard getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    /// Of another one, in seconds, as `/proc/<pid>/stat` tells; nil where there is none.
    static func of(_ pid: Int32) -> Double? {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return seconds(stat: text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Fields 14 and 15 of the line; the name in the second one may hold spaces and brackets. Pure.
    static func seconds(stat: String, ticksPerSecond: Int) -> Double? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(max(1, ticksPerSecond))
    }
}
