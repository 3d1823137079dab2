import MillraceNetwork
import Testing

@testable import MillraceServer

@Suite("SCRAM, the server's side")
struct SCRAMServerTests {
    /// An exchange that somebody else has computed.
    struct Example: Sendable, CustomStringConvertible {
        let description: String
        let digest: Digest
        let name: String
        let serverNonce: String
        let salt: [UInt8]
        /// Client, server, client, server.
        let messages: [String]
    }

    /// The first is RFC 7677, §3; the second was computed with Python's hashlib, with a name that is escaped.
    static let examples = [
        Example(
            description: "SCRAM-SHA-256", digest: .sha256, name: "user",
            serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", salt: Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==") ?? [],
            messages: [
                "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ]),
        Example(
            description: "SCRAM-SHA-512", digest: .sha512, name: "us=er,x", serverNonce: "3rfcNHYJY1ZVvWVs7j",
            salt: Array("0123456789abcdef".utf8),
            messages: [
                "n,,n=us=3Der=2Cx,r=fyko+d2lbbFgONRv9qkxdawL",
                "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096",
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                    + "p=taU1qSIJApv+z8BHpipRuXyNwNbUPpW889s/L0QRMKS3mdXTYO7uNQMAyJBjCAhBS8l5g0pYCEfYB6nf2oBIqA==",
                "v=DdCJHKV/wc8gdU9yddGB0xhOwgKNAFbTZbakANJ3gRIvcujEUMoZy/gtLd0UIWB8VDPThm07i0uHQL9F2T5GwQ==",
            ]),
    ]

    private func server(_ example: Example, password: String = "pencil") -> SCRAMServer {
        let keys = SASLCredentials.Keys(
            password: Array(password.utf8), salt: example.salt, iterations: 4_096, digest: example.digest)
        return SCRAMServer(
            example.digest, SASLCredentials(keys: [example.name: keys], digest: example.digest),
            nonce: example.serverNonce)
    }

    @Test("answers as published examples say", arguments: examples)
    func published(example: Example) {
        var server = server(example)
        #expect(server.receive(Array(example.messages[0].utf8)) == .goOn(Array(example.messages[1].utf8)))
        #expect(
            server.receive(Array(example.messages[2].utf8))
                == .authenticated(name: example.name, answer: Array(example.messages[3].utf8)))
        guard case .refused = server.receive(Array(example.messages[2].utf8)) else {
            Issue.record("went on behind the end")
            return
        }
    }

    @Test("a wrong password and an unknown user look the same", arguments: examples)
    func refused(example: Example) {
        var wrong = server(example, password: "pen")
        var unknown = SCRAMServer(
            example.digest, SASLCredentials([SASLUser(name: "other", password: "x")]), nonce: example.serverNonce)
        var answers: [String] = []
        for step in [wrong, unknown].indices.map({ index -> SASLStep in
            if index == 0 {
                _ = wrong.receive(Array(example.messages[0].utf8))
                return wrong.receive(Array(example.messages[2].utf8))
            }
            _ = unknown.receive(Array(example.messages[0].utf8))
            return unknown.receive(Array(example.messages[2].utf8))
        }) {
            guard case .refused(_, let answer) = step else {
                Issue.record("let in: \(step)")
                return
            }
            answers.append(String(decoding: answer, as: UTF8.self))
        }
        #expect(answers == ["e=invalid-proof", "e=invalid-proof"])
    }

    @Test("an unknown user is told the same salt every time")
    func pretendedSalt() {
        let credentials = SASLCredentials([SASLUser(name: "known", password: "x")])
        let answers = (0..<2).map { _ -> SASLStep in
            var server = SCRAMServer(.sha256, credentials, nonce: "s")
            return server.receive(Array("n,,n=unknown,r=c".utf8))
        }
        #expect(answers[0] == answers[1])
    }

    @Test(
        "refuses what it cannot read",
        arguments: [
            ("", "e=invalid-encoding"), ("n", "e=invalid-encoding"), ("n,,", "e=invalid-encoding"),
            ("x,,n=user,r=c", "e=invalid-encoding"), ("p=tls-unique,,n=user,r=c", "e=channel-binding-not-supported"),
            ("n,,m=1,n=user,r=c", "e=extensions-not-supported"), ("n,,n=us=2er,r=c", "e=invalid-username-encoding"),
            ("n,,n=,r=c", "e=invalid-username-encoding"), ("n,,n=user,r=", "e=invalid-encoding"),
            ("n,a=root,n=user,r=c", "e=other-error"),
        ])
    func unreadable(message: String, error: String) {
        var server = server(Self.examples[0])
        guard case .refused(_, let answer) = server.receive(Array(message.utf8)) else {
            Issue.record("took '\(message)'")
            return
        }
        #expect(String(decoding: answer, as: UTF8.self) == error)
    }

    @Test("a client that repeats its nonce before ours is let in, as Kafka does: librdkafka before 2.6.1")
    func repeatedNonce() {
        let digest = Digest.sha256
        let keys = SASLCredentials.Keys(password: Array("p".utf8), salt: [1], iterations: 4_096, digest: digest)
        var server = SCRAMServer(digest, SASLCredentials(keys: ["u": keys], digest: digest), nonce: "server")
        guard case .goOn(let challenge) = server.receive(Array("n,,n=u,r=client".utf8)) else {
            Issue.record("refused the name")
            return
        }
        let final = "c=biws,r=clientclientserver"
        let signed = "n=u,r=client,\(String(decoding: challenge, as: UTF8.self)),\(final)"
        let salted = digest.derivedKey(password: Array("p".utf8), salt: [1], iterations: 4_096)
        let clientKey = digest.authenticationCode(of: Array("Client Key".utf8), key: salted)
        let signature = digest.authenticationCode(of: Array(signed.utf8), key: keys.storedKey)
        let proof = Base64.encode(zip(clientKey, signature).map { $0 ^ $1 })
        guard case .authenticated(name: "u", _) = server.receive(Array("\(final),p=\(proof)".utf8)) else {
            Issue.record("refused the proof")
            return
        }
    }

    @Test("a proof for another nonce or another header does not count")
    func otherNonce() {
        for (old, new) in [("r=rOpr", "r=xOpr"), ("c=biws", "c=eSws")] {
            var server = server(Self.examples[0])
            _ = server.receive(Array(Self.examples[0].messages[0].utf8))
            let parts = Self.examples[0].messages[2].split(separator: old, omittingEmptySubsequences: false)
            let forged = parts.joined(separator: new)
            guard case .refused = server.receive(Array(forged.utf8)) else {
                Issue.record("took \(forged)")
                return
            }
        }
    }
}

@Suite("SASL PLAIN, the server's side")
struct PlainServerTests {
    private let credentials = SASLCredentials([SASLUser(name: "alice", password: "päss")])

    @Test(
        "lets in who knows the password",
        arguments: [
            ("\0alice\0päss", true), ("alice\0alice\0päss", true), ("bob\0alice\0päss", false),
            ("\0alice\0pass", false), ("\0bob\0päss", false), ("\0alice\0", false), ("\0\0päss", false),
            ("alice", false), ("\0alice\0päss\0", false), ("", false),
        ])
    func password(message: String, isRight: Bool) {
        var server = PlainServer(credentials: credentials)
        let step = server.receive(Array(message.utf8))
        if isRight {
            #expect(step == .authenticated(name: "alice", answer: []))
        } else {
            guard case .refused(_, let answer) = step else {
                Issue.record("let in")
                return
            }
            #expect(answer.isEmpty)
        }
    }

    @Test("bytes that are no text are refused")
    func noText() {
        var server = PlainServer(credentials: credentials)
        guard case .refused = server.receive([0, 0xff, 0xfe, 0, 1]) else {
            Issue.record("let in")
            return
        }
    }
}
