internal import MillraceCore

/// A key's 128-bit fingerprint: SipHash-2-4 (Aumasson and Bernstein, 2012) with a secret seed, so that nobody can make
/// two keys that compaction takes for one. Pure.
struct KeyHash: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(of bytes: RawSpan, seed: UInt64) {
        var state = SipState(seed)
        let count = bytes.byteCount
        var position = 0
        while position + 8 <= count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            state.mix(UInt64(littleEndian: word))
            position += 8
        }
        var last = UInt64(truncatingIfNeeded: count) &<< 56
        for index in position..<count {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            last |= UInt64(byte) &<< UInt64(8 * (index - position))
        }
        state.mix(last)
        state.v2 ^= 0xee
        high = state.finish()
        state.v1 ^= 0xdd
        low = state.finish()
    }
}

private struct SipState {
    var v0, v1, v2, v3: UInt64

    init(_ seed: UInt64) {
        v0 = seed ^ 0x736f_6d65_7073_6575
        v1 = ~seed ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = seed ^ 0x6c79_6765_6e65_7261
        v3 = ~seed ^ 0x7465_6462_7974_6573
    }

    private mutating func round() {
        v0 &+= v1
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v3
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 &+= v3
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 &+= v1
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v2 = v2 &<< 32 | v2 &>> 32
    }

    mutating func mix(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    mutating func finish() -> UInt64 {
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }
}
