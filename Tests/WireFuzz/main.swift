import Foundation
import MillraceProtocol
import WireFuzzKit

// Feeds spoiled frames to the decoders of every request and response and to the parsers of record batches:
// `WireFuzz <inputs> [seed]`. For a long run, with the address sanitizer (`make fuzz`). A crash is a failure; the seed
// printed last repeats it. Exit code: 0 nothing was wrong, 1 something was, 2 wrong arguments.

let inputsPerRound = 100_000

let arguments = CommandLine.arguments.dropFirst().map { Int($0) }
guard let inputs = arguments.first ?? nil, inputs > 0, arguments.count <= 2, !arguments.contains(nil) else {
    print("usage: WireFuzz <inputs> [seed]")
    exit(2)
}
let firstSeed = UInt64((arguments.count > 1 ? arguments[1] : nil) ?? 1)
let start = ContinuousClock.now
var target = WireTarget()
var done = 0
var seed = firstSeed
while done < inputs {
    print("seed \(seed): \(done) inputs so far, \(target.accepted) read, \(target.refused) refused")
    fflush(nil)
    var fuzzer = try WireFuzzer(seed: seed, framesPerKind: 2)
    let count = min(inputsPerRound, inputs - done)
    fuzzer.run(count, into: &target)
    done += count
    seed += 1
}
let seconds = (ContinuousClock.now - start) / .seconds(1)
print("\(done) inputs in \(Int(seconds)) s, \(Int(Double(done) / seconds)) a second")
print("\(target.accepted) read, \(target.refused) refused")
for complaint in target.complaints.prefix(20) { print("wrong: \(complaint)") }
exit(target.complaints.isEmpty ? 0 : 1)
