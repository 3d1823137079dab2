internal import COpenSSL

/// Hashes, message authentication codes and derived keys, by OpenSSL. Pure functions of their input, from any thread.
package enum Digest: String, Hashable, Sendable, CaseIterable {
    case sha256 = "SHA256"
    case sha512 = "SHA512"

    /// Bytes of a hash.
    package var byteCount: Int { self == .sha256 ? 32 : 64 }

    private var algorithm: OpaquePointer? { self == .sha256 ? EVP_sha256() : EVP_sha512() }

    package func hash(_ bytes: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: byteCount)
        let status = EVP_Digest(bytes, bytes.count, &result, nil, algorithm, nil)
        precondition(status == 1, "OpenSSL cannot compute \(rawValue)")
        return result
    }

    /// HMAC (RFC 2104).
    package func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: byteCount)
        let written = HMAC(algorithm, key, Int32(key.count), bytes, bytes.count, &result, nil)
        precondition(written != nil, "OpenSSL cannot compute HMAC-\(rawValue)")
        return result
    }

    /// PBKDF2 (RFC 8018) with HMAC of this hash, as long as the hash: `Hi` of RFC 5802. Slow on purpose.
    package func derivedKey(password: [UInt8], salt: [UInt8], iterations: Int32) -> [UInt8] {
        precondition(iterations > 0, "\(iterations) iterations")
        var result = [UInt8](repeating: 0, count: byteCount)
        let status = password.withUnsafeBufferPointer { characters in
            characters.withMemoryRebound(to: CChar.self) {
                PKCS5_PBKDF2_HMAC(
                    $0.baseAddress, Int32(password.count), salt, Int32(salt.count), iterations, algorithm,
                    Int32(byteCount), &result)
            }
        }
        precondition(status == 1, "OpenSSL cannot compute PBKDF2 with \(rawValue)")
        return result
    }
}

/// Random bytes that nobody can guess.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        let status = RAND_bytes(&result, Int32(count))
        precondition(status == 1, "OpenSSL has no random bytes")
        return result
    }
}

extension [UInt8] {
    /// Whether both hold the same bytes; takes the same time wherever they differ.
    package func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        count == other.count && CRYPTO_memcmp(self, other, count) == 0
    }
}
