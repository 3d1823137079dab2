// swift-tools-version: 6.2
import PackageDescription

// This file is the layering document: a target may import what it names here and nothing else.
// The gate builds with `--explicit-target-dependency-import-check error`.

/// Every target: Swift 6 mode, warnings as errors, imports internal unless said otherwise.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Views over bytes that cannot outlive them (`@_lifetime`).
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// Rooms of pure logic and of byte formats: every unsafe expression is marked.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
    name: "Millrace",
    products: [
        .library(
            name: "Millrace",
            targets: ["Millrace", "MillraceCluster", "MillraceBroker", "MillraceStores", "MillraceCore"]),
        .library(name: "MillraceTesting", targets: ["MillraceTesting"]),
    ],
    targets: [
        // C libraries and what Swift cannot say
        .systemLibrary(name: "CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(
            name: "CCodecs", providers: [.apt(["libzstd-dev", "liblz4-dev", "libsnappy-dev", "zlib1g-dev"])]),
        .target(name: "CMillraceShims"),

        // The rooms, lowest first
        .target(name: "MillraceCore", dependencies: ["CMillraceShims", "CCodecs"], swiftSettings: pure),
        .target(name: "MillraceLog", dependencies: ["MillraceCore"], swiftSettings: pure),
        .target(name: "MillraceBroker", dependencies: ["MillraceCore", "MillraceLog"], swiftSettings: pure),
        .target(name: "MillraceCluster", dependencies: ["MillraceCore", "MillraceBroker"], swiftSettings: strict),
        .target(name: "MillraceStores", dependencies: ["MillraceCore", "CRocksDB"], swiftSettings: strict),
        .target(
            name: "Millrace", dependencies: ["MillraceCore", "MillraceCluster", "MillraceStores"],
            swiftSettings: strict),
        // Clock, disk and dice for tests: honest fakes that take a seed. Apart from MillraceTesting so that the low
        // rooms can be tested with them.
        .target(name: "MillraceSimulation", dependencies: ["MillraceCore"], swiftSettings: strict),
        .target(
            name: "MillraceTesting",
            dependencies: [
                "Millrace", "MillraceBroker", "MillraceCluster", "MillraceCore", "MillraceSimulation", "MillraceStores",
            ],
            swiftSettings: strict),

        // What runs
        .target(
            name: "ChatAnalyticsKit", dependencies: ["Millrace", "MillraceCore", "MillraceCluster"],
            path: "Examples/ChatAnalyticsKit", swiftSettings: strict),
        .executableTarget(
            name: "ChatAnalytics",
            dependencies: ["ChatAnalyticsKit", "Millrace", "MillraceCore", "MillraceCluster", "MillraceBroker"],
            path: "Examples/ChatAnalytics", swiftSettings: strict),
        .executableTarget(
            name: "ChatSessions", dependencies: ["ChatAnalyticsKit", "Millrace", "MillraceCluster"],
            path: "Examples/ChatSessions", swiftSettings: strict),
        .executableTarget(
            name: "FeedCounters", dependencies: ["Millrace", "MillraceCluster", "MillraceCore"],
            path: "Examples/FeedCounters", swiftSettings: strict),
        .executableTarget(
            name: "MillraceBenchmarks",
            dependencies: [
                "Millrace", "MillraceCore", "MillraceLog", "MillraceBroker", "MillraceCluster", "MillraceStores",
            ],
            path: "Benchmarks/MillraceBenchmarks", swiftSettings: strict),

        // Tests, mirroring Sources
        .target(
            name: "ConformanceKit",
            dependencies: ["Millrace", "MillraceTesting", "MillraceCore", "MillraceStores"],
            path: "Tests/ConformanceKit", swiftSettings: strict),
        .executableTarget(
            name: "ConformanceRunner", dependencies: ["ConformanceKit"], path: "Tests/ConformanceRunner",
            swiftSettings: strict),
        .testTarget(
            name: "MillraceCoreTests", dependencies: ["MillraceCore", "MillraceSimulation"], swiftSettings: strict),
        .testTarget(
            name: "MillraceLogTests", dependencies: ["MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceBrokerTests",
            dependencies: ["MillraceBroker", "MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceClusterTests",
            dependencies: ["MillraceCluster", "MillraceBroker", "MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        // A process for `StoreCrashTests` to kill.
        .executableTarget(
            name: "StoreCrashTool", dependencies: ["MillraceStores", "MillraceCore"], path: "Tests/StoreCrashTool",
            swiftSettings: strict),
        .testTarget(
            name: "MillraceStoresTests",
            dependencies: ["MillraceStores", "MillraceCore", "MillraceSimulation", "StoreCrashTool", "CRocksDB"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceTests",
            dependencies: [
                "Millrace", "MillraceTesting", "MillraceCore", "MillraceCluster", "MillraceBroker", "MillraceStores",
                "MillraceSimulation",
            ],
            swiftSettings: strict),
        // Random input against plain folds; random topologies in all worlds that run them.
        .testTarget(
            name: "PropertyTests",
            dependencies: [
                "Millrace", "MillraceTesting", "MillraceCore", "MillraceCluster", "MillraceBroker", "MillraceStores",
                "MillraceSimulation",
            ],
            swiftSettings: strict),
        .testTarget(name: "ConformanceTests", dependencies: ["ConformanceKit"], swiftSettings: strict),
        .testTarget(
            name: "ChatAnalyticsTests",
            dependencies: ["ChatAnalyticsKit", "Millrace", "MillraceTesting", "MillraceCore", "MillraceCluster"],
            swiftSettings: strict),
        .testTarget(
            name: "ChatSessionsTests",
            dependencies: [
                "ChatSessions", "ChatAnalyticsKit", "Millrace", "MillraceTesting", "MillraceCore", "MillraceStores",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FeedCountersTests", dependencies: ["FeedCounters", "Millrace", "MillraceTesting", "MillraceCore"],
            swiftSettings: strict),
        // A process for `ChatCrashTests` to kill.
        .executableTarget(
            name: "ChatCrashTool", dependencies: ["ChatAnalyticsKit", "Millrace"], path: "Tests/ChatCrashTool",
            swiftSettings: strict),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "ChatAnalyticsKit", "ChatCrashTool", "Millrace", "MillraceCore", "MillraceCluster", "MillraceBroker",
                "MillraceSimulation",
            ],
            swiftSettings: strict),
        // The code that README.md and docs/ show, compiled and run.
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "ChatAnalyticsKit", "Millrace", "MillraceCluster", "MillraceCore", "MillraceStores", "MillraceTesting",
            ],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        // Looks for gaps in the API reference (`make docs`).
        .executableTarget(name: "ReferenceCheck", path: "Tests/ReferenceCheck", swiftSettings: strict),
    ]
)
