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
        .library(name: "MillraceServer", targets: ["MillraceServer"]),
        .library(name: "MillraceKafka", targets: ["MillraceKafka"]),
        .executable(name: "millrace", targets: ["MillraceCommand"]),
    ],
    targets: [
        // C libraries and what Swift cannot say
        .systemLibrary(name: "CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(
            name: "CCodecs", providers: [.apt(["libzstd-dev", "liblz4-dev", "libsnappy-dev", "zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CRdKafka", providers: [.apt(["librdkafka-dev"])]),
        .target(name: "CMillraceShims"),

        // The rooms, lowest first
        .target(name: "MillraceCore", dependencies: ["CMillraceShims", "CCodecs"], swiftSettings: pure),
        .target(name: "MillraceProtocol", dependencies: ["MillraceCore"], swiftSettings: pure),
        .target(name: "MillraceLog", dependencies: ["MillraceCore"], swiftSettings: pure),
        .target(name: "MillraceBroker", dependencies: ["MillraceCore", "MillraceLog"], swiftSettings: pure),
        // Sockets, epoll, TLS and digests: what a server and a client of Kafka's protocol both stand on.
        .target(
            name: "MillraceNetwork", dependencies: ["MillraceCore", "CMillraceShims", "COpenSSL"], swiftSettings: strict
        ),
        .target(
            name: "MillraceServer",
            dependencies: ["MillraceCore", "MillraceProtocol", "MillraceLog", "MillraceBroker", "MillraceNetwork"],
            swiftSettings: strict),
        .target(
            name: "MillraceClient", dependencies: ["MillraceCore", "MillraceProtocol", "MillraceNetwork"],
            swiftSettings: strict),
        .target(name: "MillraceCluster", dependencies: ["MillraceCore", "MillraceBroker"], swiftSettings: strict),
        .target(
            name: "MillraceKafka",
            dependencies: [
                "MillraceCore", "MillraceProtocol", "MillraceBroker", "MillraceNetwork", "MillraceCluster",
                "MillraceClient", "CRdKafka", "CMillraceShims",
            ], swiftSettings: strict),
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
        .executableTarget(
            name: "MillraceCommand",
            dependencies: [
                "MillraceCore", "MillraceProtocol", "MillraceLog", "MillraceBroker", "MillraceNetwork",
                "MillraceServer", "MillraceClient", "MillraceKafka",
            ],
            swiftSettings: strict),
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
        // Starts `millrace broker` and instances of itself as processes.
        .executableTarget(
            name: "ScaleOut",
            dependencies: ["ChatAnalyticsKit", "Millrace", "MillraceCore", "MillraceCluster", "MillraceKafka"],
            path: "Examples/ScaleOut", swiftSettings: strict),
        .executableTarget(
            name: "MillraceBenchmarks",
            dependencies: [
                "Millrace", "MillraceCore", "MillraceLog", "MillraceBroker", "MillraceCluster", "MillraceKafka",
                "MillraceServer", "MillraceStores", "CRdKafka",
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
        // Random messages and spoiled frames: for the tests of the protocol, and for `make fuzz`.
        .target(
            name: "WireFuzzKit", dependencies: ["MillraceProtocol", "MillraceCore", "MillraceSimulation"],
            path: "Tests/WireFuzzKit", swiftSettings: strict),
        .executableTarget(
            name: "WireFuzz", dependencies: ["WireFuzzKit", "MillraceProtocol"], path: "Tests/WireFuzz",
            swiftSettings: strict),
        .testTarget(
            name: "MillraceProtocolTests",
            dependencies: ["MillraceProtocol", "MillraceCore", "MillraceSimulation", "WireFuzzKit"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceLogTests", dependencies: ["MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceBrokerTests",
            dependencies: ["MillraceBroker", "MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceNetworkTests", dependencies: ["MillraceNetwork", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        // A client that sends whatever a test wants.
        .target(
            name: "WireClientKit", dependencies: ["MillraceNetwork", "MillraceProtocol", "MillraceCore"],
            path: "Tests/WireClientKit", swiftSettings: strict),
        .testTarget(
            name: "MillraceServerTests",
            dependencies: [
                "MillraceServer", "MillraceClient", "MillraceProtocol", "MillraceNetwork", "MillraceBroker",
                "MillraceCore", "MillraceSimulation", "WireClientKit", "WireFuzzKit",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceClientTests",
            dependencies: [
                "MillraceClient", "MillraceProtocol", "MillraceNetwork", "MillraceServer", "MillraceBroker",
                "MillraceCore",
            ],
            swiftSettings: strict),
        // The command line as a process, over TCP.
        .testTarget(
            name: "MillraceCommandTests",
            dependencies: [
                "MillraceCommand", "MillraceServer", "MillraceClient", "MillraceKafka", "MillraceProtocol",
                "MillraceBroker", "MillraceNetwork", "MillraceCore", "MillraceSimulation", "ProcessKit",
                "WireClientKit",
            ],
            swiftSettings: strict),
        // Programs as children that end with the tests.
        .target(name: "ProcessKit", dependencies: ["MillraceCore"], path: "Tests/ProcessKit", swiftSettings: strict),
        // Other people's clients against a broker process.
        .testTarget(
            name: "ClientInteropTests", dependencies: ["MillraceCommand", "ProcessKit"], exclude: ["Clients"],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceClusterTests",
            dependencies: ["MillraceCluster", "MillraceBroker", "MillraceLog", "MillraceCore", "MillraceSimulation"],
            swiftSettings: strict),
        // Against a broker in this process, over TCP.
        .testTarget(
            name: "MillraceKafkaTests",
            dependencies: [
                "MillraceKafka", "MillraceCluster", "MillraceServer", "MillraceBroker", "MillraceClient",
                "MillraceProtocol", "MillraceCore", "MillraceSimulation",
            ], swiftSettings: strict),
        // What applications are tested on: the embedded broker, a broker process, an Apache Kafka.
        .target(
            name: "EngineKit",
            dependencies: ["MillraceKafka", "MillraceCluster", "MillraceBroker", "MillraceCore", "ProcessKit"],
            path: "Tests/EngineKit", swiftSettings: strict),
        // A process for `ScaleOutTests` to start three of, to kill and to stop.
        .executableTarget(
            name: "ScaleOutTool", dependencies: ["Millrace", "MillraceCluster", "MillraceCore", "MillraceKafka"],
            path: "Tests/ScaleOutTool", swiftSettings: strict),
        .testTarget(
            name: "ScaleOutTests",
            dependencies: [
                "ScaleOutTool", "MillraceCommand", "EngineKit", "Millrace", "MillraceCluster", "MillraceCore",
                "MillraceSimulation",
            ], swiftSettings: strict),
        // A process for `StoreCrashTests` to kill.
        .executableTarget(
            name: "StoreCrashTool", dependencies: ["MillraceStores", "MillraceCore"], path: "Tests/StoreCrashTool",
            swiftSettings: strict),
        .testTarget(
            name: "MillraceStoresTests",
            dependencies: [
                "MillraceStores", "MillraceCore", "MillraceSimulation", "ProcessKit", "StoreCrashTool", "CRocksDB",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MillraceTests",
            dependencies: [
                "Millrace", "MillraceTesting", "MillraceCore", "MillraceCluster", "MillraceBroker", "MillraceStores",
                "MillraceSimulation", "MillraceCommand", "MillraceKafka", "EngineKit",
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
        .testTarget(
            name: "ConformanceTests", dependencies: ["ConformanceKit"], exclude: ["Scenarios"], swiftSettings: strict),
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
            name: "ScaleOutExampleTests",
            dependencies: ["ScaleOut", "MillraceCommand", "ChatAnalyticsKit", "MillraceCore"],
            swiftSettings: strict),
        .testTarget(
            name: "FeedCountersTests", dependencies: ["FeedCounters", "Millrace", "MillraceTesting", "MillraceCore"],
            swiftSettings: strict),
        // A process for `ChatCrashTests` to kill.
        .executableTarget(
            name: "ChatCrashTool", dependencies: ["ChatAnalyticsKit", "Millrace", "MillraceCore"],
            path: "Tests/ChatCrashTool",
            swiftSettings: strict),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "ChatAnalyticsKit", "ChatCrashTool", "Millrace", "MillraceCore", "MillraceCluster", "MillraceBroker",
                "MillraceSimulation", "ProcessKit",
            ],
            swiftSettings: strict),
        // The code that README.md and docs/ show, compiled and run.
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "ChatAnalyticsKit", "Millrace", "MillraceCluster", "MillraceCore", "MillraceKafka", "MillraceStores",
                "MillraceTesting",
            ],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        // Looks for gaps in the API reference (`make docs`).
        .executableTarget(name: "ReferenceCheck", path: "Tests/ReferenceCheck", swiftSettings: strict),
    ]
)

// Work on some rooms only: `MILLRACE_ROOMS="MillraceLogTests MillraceBrokerTests" swift test` builds these targets and
// what they need, nothing else. Without it, and in CI, everything is built.
if let rooms = Context.environment["MILLRACE_ROOMS"]?.split(separator: " ").map(String.init), !rooms.isEmpty {
    var kept: Set<String> = []
    func keep(_ name: String) {
        guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { return }
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): keep(name)
            default: break
            }
        }
    }
    for room in rooms { keep(room) }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { product in
        let targets = (product as? Product.Library)?.targets ?? (product as? Product.Executable)?.targets ?? []
        return !targets.allSatisfy(kept.contains)
    }
}
