import Foundation
import MillraceCore
import MillraceStores

// Run and killed by `StoreCrashTests`: writes generation after generation into the two stores in the directory it is
// given, flushes each, and prints its number once `flush` has returned. Every key of a generation has its number.
// The second argument says how many writes make a batch a sorted file.

struct TextSerde: Serde {
    func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value) }
    func deserialize(_ bytes: RawSpan) -> String { bytes.lossyUTF8 }
}

let environment = StoreEnvironment(
    location: .directory(CommandLine.arguments[1]),
    resources: StoreResources(blockCacheBytes: 1 << 20, sortedFileMinimumCount: Int(CommandLine.arguments[2]) ?? 0))
let keys = KeyValueStore<String, String>(
    name: "keys", byteStore: try environment.makeByteStore(name: "keys", isPersistent: true), keySerde: TextSerde(),
    valueSerde: TextSerde())
let windows = try WindowStore<String, String>(
    name: "windows", retention: .seconds(100),
    byteStore: environment.makeByteStore(name: "windows", isPersistent: true), keySerde: TextSerde(),
    valueSerde: TextSerde())

let padding = String(repeating: "x", count: 500)
var generation = keys.checkpoint?.rawValue ?? 0
// A kill between the two flushes leaves the windows one generation behind: they catch up, as a restore would.
var windowGeneration = windows.checkpoint?.rawValue ?? 0
while true {
    generation += 1
    for key in 0..<300 { try keys.put("key \(key)", "\(generation) \(padding)", at: Timestamp(generation)) }
    keys.commit(changelogEnd: Offset(generation))
    // Written, not committed: must not be seen after the crash.
    try keys.put("key 7", "uncommitted", at: Timestamp(generation))
    while windowGeneration < generation {
        windowGeneration += 1
        let start = Timestamp(windowGeneration * 1_000)
        for key in 0..<300 {
            try windows.put("key \(key)", "\(windowGeneration) \(padding)", windowStart: start, at: start)
        }
    }
    windows.commit(changelogEnd: Offset(generation))
    try keys.flush()
    try windows.flush()
    keys.abort()
    FileHandle.standardOutput.write(Data("\(generation)\n".utf8))
}
