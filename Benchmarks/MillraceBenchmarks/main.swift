import Foundation
import MillraceCore

/// The benchmarks' command line. See `Options.help`; the results are Markdown, for docs/benchmarks.md.
func median(_ runs: [Measurement]) -> Measurement {
    let sorted = runs.sorted { $0.nanosecondsPerRecord < $1.nanosecondsPerRecord }
    var middle = sorted[sorted.count / 2]
    if let best = sorted.first, let worst = sorted.last, sorted.count > 1 {
        let range =
            "\(ResultTable.decimal(worst.recordsPerCoreSecond / 1e6, 2))–"
            + ResultTable.decimal(best.recordsPerCoreSecond / 1e6, 2)
        middle.note = middle.note.isEmpty ? range : "\(middle.note); \(range)"
    }
    return middle
}

func runReference(_ path: String, in directory: String) throws {
    print("C reference, run beside:\n")
    fflush(nil)  // Its lines come from another process.
    let data = directory + "/reference"
    try Files.makeEmpty(data)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.environment = ["REF_DIR": data]
    try process.run()
    process.waitUntilExit()
    try FileSystemDisk().removeDirectory(data)
    print("")
}

func runAll(_ options: Options) throws {
    let workload = Workload(records: options.records)
    if let reference = options.reference { try runReference(reference, in: options.directory) }
    let table = ResultTable(hasBroker: options.kafka != nil)
    table.printHeader()
    for place in options.places {
        if case .embedded(let synced) = place { try runLog(options, table, synced: synced) }
        for job in CeilingCase.all where !place.isEmbedded && options.wants(job.name) {
            try repeating(options, table) { try job.run(workload, in: options.directory, at: place) }
        }
        for job in StreamCases.all where options.wants(job.name) {
            try repeating(options, table) { try job.run(workload, in: options.directory, at: place) }
        }
        if case .embedded(let synced) = place, options.wants("S7 restore") {
            let many = Workload(records: 2_000_000, keys: 1_000_000)
            try repeating(options, table) {
                try RestoreCase(workload: many, directory: options.directory).run(synced: synced)
            }
        }
    }
    if options.wantsLatency { try runLatency(options) }
    print("\nPeak resident memory of the whole run: \(ResourceUsage.peakResidentBytes >> 20) MiB")
}

func repeating(_ options: Options, _ table: ResultTable, _ body: () throws -> Measurement) throws {
    table.print(median(try (0..<options.runs).map { _ in try body() }))
    fflush(nil)
}

func runLog(_ options: Options, _ table: ResultTable, synced: Bool) throws {
    guard options.wants("log") else { return }
    let runs = try (0..<options.runs).map { _ in
        try LogCases(records: options.records, directory: options.directory).run(synced: synced)
    }
    for index in 0..<2 { table.print(median(runs.map { $0[index] })) }
}

func runLatency(_ options: Options) throws {
    print("\n| S8 latency, pass-through, exactly once | fsync | p50 ms | p99 ms | p99.9 ms | max ms |")
    print("|---|---|---|---|---|---|")
    for place in options.places {
        for (rate, commit) in [(1_000, 100), (10_000, 100), (10_000, 10), (10_000, 5), (100_000, 100)] {
            let name = "\(rate) records/s, commit every \(commit) ms"
            guard options.wants("S8 latency, \(name)") else { continue }
            let result = try LatencyCase(
                directory: options.directory, recordsPerSecond: rate, commitInterval: .milliseconds(commit)
            ).run(at: place)
            let figures = [0.5, 0.99, 0.999, 1].map { ResultTable.decimal(result.percentile($0), 1) }
            let synced = place.isEmbedded ? place.isSynced ? "yes" : "no" : ""
            print("| \(name) | \(synced) | " + figures.joined(separator: " | ") + " |")
        }
    }
}

do {
    if try TakeoverOptions.run(CommandLine.arguments.dropFirst()) { exit(0) }
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    if options.listOnly {
        print(
            (["log"] + CeilingCase.all.map(\.name) + StreamCases.all.map(\.name) + ["S7 restore", "S8 latency"]).joined(
                separator: "\n"))
    } else {
        try runAll(options)
    }
} catch let error as OptionError {
    FileHandle.standardError.write(Data("\(error)\n\n\(Options.help)\n".utf8))
    exit(2)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
