/// MurmurHash2 as Kafka's Java client computes it (`Utils.murmur2`, seed 0x9747b28c).
public enum Murmur2 {
    /// The hash of `bytes`, as Kafka's `Utils.murmur2`.
    public static func hash(_ bytes: RawSpan) -> UInt32 {
        let length = bytes.byteCount
        let multiplier: UInt32 = 0x5bd1_e995
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: length)
        var position = 0
        while length - position >= 4 {
            var word = unsafe UInt32(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt32.self))
            word &*= multiplier
            word ^= word &>> 24
            word &*= multiplier
            hash &*= multiplier
            hash ^= word
            position &+= 4
        }
        let tail = length - position
        func byte(_ index: Int) -> UInt32 {
            unsafe UInt32(bytes.unsafeLoad(fromUncheckedByteOffset: position + index, as: UInt8.self))
        }
        if tail >= 3 { hash ^= byte(2) &<< 16 }
        if tail >= 2 { hash ^= byte(1) &<< 8 }
        if tail >= 1 {
            hash ^= byte(0)
            hash &*= multiplier
        }
        hash ^= hash &>> 13
        hash &*= multiplier
        hash ^= hash &>> 15
        return hash
    }

    /// The partition that Kafka's Java client and Kafka Streams pick for a serialized key:
    /// `toPositive(murmur2(key)) % partitions`.
    public static func partition(key: RawSpan, of partitions: Int32) -> Int32 {
        precondition(partitions > 0, "a topic has at least one partition, not \(partitions)")
        return Int32(hash(key) & 0x7fff_ffff) % partitions
    }
}
