internal import CMillraceShims

/// CRC-32C (Castagnoli, RFC 3720), the checksum of record batch v2.
public enum CRC32C {
    /// The checksum of `bytes`, continued from `seed` (0 to start).
    public static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe millrace_crc32c(seed, $0.baseAddress, $0.count) }
    }

    /// The same by table, without the CPU's instructions: the yardstick of the tests.
    public static func portableChecksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe millrace_crc32c_portable(seed, $0.baseAddress, $0.count) }
    }
}
