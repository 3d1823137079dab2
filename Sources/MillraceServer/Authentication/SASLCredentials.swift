internal import MillraceNetwork

/// What the server keeps of its users' passwords: keys that are derived from them, salted, so that the passwords
/// themselves are not in memory once it is made. Made before the server starts; then only read.
struct SASLCredentials: Sendable {
    /// Of one user and one hash (RFC 5802, §3).
    struct Keys: Sendable {
        let salt: [UInt8]
        let iterations: Int32
        let storedKey: [UInt8]
        let serverKey: [UInt8]

        init(password: [UInt8], salt: [UInt8], iterations: Int32, digest: Digest) {
            self.salt = salt
            self.iterations = iterations
            let salted = digest.derivedKey(password: password, salt: salt, iterations: iterations)
            storedKey = digest.hash(digest.authenticationCode(of: Array("Client Key".utf8), key: salted))
            serverKey = digest.authenticationCode(of: Array("Server Key".utf8), key: salted)
        }
    }

    /// RFC 7677 asks for 4,096 at least; Kafka's default is the same.
    static let iterations: Int32 = 4_096

    private var keys: [Digest: [String: Keys]] = [:]
    /// Of each password under `secret`: for PLAIN, which must not cost thousands of hashes on a loop's thread.
    private var passwordCodes: [String: [UInt8]] = [:]
    /// Makes up salts for names that are not known, always the same for the same name, so that nobody finds out which
    /// names there are.
    private let secret: [UInt8]

    init(_ users: [SASLUser]) {
        let secret = SecureRandom.bytes(32)
        self.secret = secret
        for user in users {
            passwordCodes[user.name] = Digest.sha256.authenticationCode(of: Array(user.password.utf8), key: secret)
        }
        for digest in Digest.allCases {
            for user in users {
                keys[digest, default: [:]][user.name] = Keys(
                    password: Array(user.password.utf8), salt: SecureRandom.bytes(16), iterations: Self.iterations,
                    digest: digest)
            }
        }
    }

    /// With keys that exist already; for tests of published examples.
    init(keys: [String: Keys], digest: Digest) {
        secret = []
        self.keys[digest] = keys
    }

    func keys(of name: String, _ digest: Digest) -> Keys? { keys[digest]?[name] }

    /// What is told as the salt of a name that is not known.
    func pretendedSalt(of name: String) -> [UInt8] {
        Array(Digest.sha256.authenticationCode(of: Array(name.utf8), key: secret).prefix(16))
    }

    /// Takes the same time whether or not there is such a name.
    func isPassword(_ password: [UInt8], of name: String) -> Bool {
        let derived = Digest.sha256.authenticationCode(of: password, key: secret)
        let known = passwordCodes[name]
        return derived.equalsInConstantTime(known ?? secret) && known != nil
    }
}
