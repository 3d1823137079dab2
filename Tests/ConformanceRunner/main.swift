import ConformanceKit
import Foundation

// Runs conformance vectors and prints what passed: `make conformance VECTORS=<folder>`, or
// `ConformanceRunner [options] <folder or file>…`. Reads the files, writes to the terminal, and RocksDB stores into a
// temporary directory if asked to. Exit code: 0 nothing failed, 1 something did, 2 wrong arguments or nothing to read.

let usage = """
    Runs conformance vectors of Kafka Streams (one JSON scenario per line) against Millrace.

    usage: ConformanceRunner [options] <folder or file>…

      --rocksdb        keep stores in RocksDB, in a temporary directory, instead of in memory
      --bytes          empty the stores' memory after each record, so that every read decodes bytes
      --coalesced      results once a commit and Millrace's corrected semantics; compares the resulting tables
      --only <text>    only scenarios whose name contains this
      --missing        list what is not yet supported, with the number of scenarios that wait for it
      --dropped        list scenarios that count other dropped records than expected (no failures)
      --help           this text

    Prints the first difference of each failure, then passed, failed and not yet supported per category and in total.
    The exit code is 0 only if nothing failed. Scenarios of category 99-quirks are accidents of Kafka Streams: they are
    run and reported, but never count as failures.
    """

struct Arguments {
    var paths: [String] = []
    var only: String?
    var usesRocksDB = false
    var usesBytes = false
    var coalesces = false
    var listsMissing = false
    var listsDropped = false

    init?(_ arguments: some Sequence<String>) {
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--rocksdb": usesRocksDB = true
            case "--bytes": usesBytes = true
            case "--coalesced": coalesces = true
            case "--missing": listsMissing = true
            case "--dropped": listsDropped = true
            case "--only":
                guard let text = rest.popFirst() else { return nil }
                only = text
            default:
                guard !argument.hasPrefix("-") else { return nil }
                paths.append(argument)
            }
        }
        if paths.isEmpty { return nil }
    }
}

func run(_ arguments: Arguments, in directory: URL) throws -> ConformanceReport {
    let runner = ScenarioRunner(
        arguments.coalesces ? .coalesced : .kafkaStreams,
        stateDirectory: arguments.usesRocksDB ? directory.path : nil, emptiesStoreMemory: arguments.usesBytes)
    var report = ConformanceReport()
    for path in arguments.paths {
        for file in try ScenarioParser.files(at: path) {
            for line in try ScenarioParser.lines(of: file) {
                if let only = arguments.only, !line.name.contains(only) { continue }
                report.add(runner.result(of: line))
            }
        }
    }
    return report
}

func show(_ report: ConformanceReport, _ arguments: Arguments) {
    for line in report.failureLines() { print("FAILED \(line)") }
    if arguments.listsMissing {
        for (reason, count) in report.missing { print("not yet supported: \(reason) (\(count))") }
    }
    let dropped = report.droppedDifferences
    if arguments.listsDropped {
        for result in dropped { print("\(result.name): \(result.droppedDifference?.description ?? "")") }
    }
    if !dropped.isEmpty { print("\(dropped.count) passed scenarios count other dropped records than expected") }
    if let line = report.quirksLine() { print(line) }
    for line in report.tableLines() { print(line) }
}

if CommandLine.arguments.contains("--help") || CommandLine.arguments.contains("-h") {
    print(usage)
    exit(0)
}
guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
    FileHandle.standardError.write(Data((usage + "\n").utf8))
    exit(2)
}
let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
    "millrace-conformance-\(UUID().uuidString)")
do {
    let report = try run(arguments, in: directory)
    try? FileManager.default.removeItem(at: directory)
    guard !report.results.isEmpty else {
        FileHandle.standardError.write(Data("there are no scenarios in \(arguments.paths)\n".utf8))
        exit(2)
    }
    show(report, arguments)
    exit(report.failures.isEmpty ? 0 : 1)
} catch {
    try? FileManager.default.removeItem(at: directory)
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(2)
}
