internal import Foundation

/// Certificates for tests, in files that go with the object: one of "localhost" and one of a client, each vouching for
/// itself. Made with `openssl req -x509 -newkey ec -days 36500`; they protect nothing.
public final class TestCertificates: Sendable {
    private let directory: String

    /// Writes the files.
    public init() throws {
        directory = NSTemporaryDirectory() + "millrace-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for (name, text) in Self.files {
            try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The server's certificate.
    public var server: String { directory + "/server.crt" }
    /// The server's private key.
    public var serverKey: String { directory + "/server.key" }
    /// The client's certificate.
    public var client: String { directory + "/client.crt" }
    /// The client's private key.
    public var clientKey: String { directory + "/client.key" }

    private static let files = [
        "server.crt": """
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUGgAwIBAgIUDQ+BMlExJbqE4FNdcx3C8FQ6YyEwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjIzMzQwMFoYDzIxMjYxMTAy
        MjMzNDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASqAoozwH5zicJiMXHIDU9/sd9QrM1olBwee8a6Omw3Dc0IWmW1LB4N
        hVA7NIE0elS3V5I7Gl7nS8foROQvb/TKo28wbTAdBgNVHQ4EFgQUe0ETr4RsNFPC
        oo/BQqbb54soVwEwHwYDVR0jBBgwFoAUe0ETr4RsNFPCoo/BQqbb54soVwEwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSQAwRgIhAPNVQhpsHu2v68l8Z/qb5lcJwCvJwWt8h6OTq3v6MbeXAiEA
        1tmhF9ausvvwxEMA/0m8ZuFWNfmXtyWqFVNGq25NIRk=
        -----END CERTIFICATE-----
        """,
        "server.key": """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgs8RO2CBjOp0vLWE7
        a8PDA+dAI6VCFSS/jMtWAv7/tzOhRANCAASqAoozwH5zicJiMXHIDU9/sd9QrM1o
        lBwee8a6Omw3Dc0IWmW1LB4NhVA7NIE0elS3V5I7Gl7nS8foROQvb/TK
        -----END PRIVATE KEY-----
        """,
        "client.crt": """
        -----BEGIN CERTIFICATE-----
        MIIBeTCCAR+gAwIBAgIUEICFINgE6ZSJ9iw2sf+xsiQIPy0wCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGY2xpZW50MCAXDTI2MTEyNjIzMzQwMFoYDzIxMjYxMTAyMjMz
        NDAwWjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AAR+o11l6FZCJ3m5giv4lJKxzMOk7wsyqZYuJom1V9SZ/Y9OXg3Ntzzt9T3KNTTo
        aVngPubi5YQTWaQI8xIDeMXCo1MwUTAdBgNVHQ4EFgQUM4Z3FqMrj8WVjLS6LE0k
        Dv6/h7IwHwYDVR0jBBgwFoAUM4Z3FqMrj8WVjLS6LE0kDv6/h7IwDwYDVR0TAQH/
        BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAeDb2hjRk6Ad6GXkrPCnFML2ncV/8X
        vnoCHx1K8PQJAwIhAPCIseN5C+xULDtj8LTua+RcTEWj6q2B66SSCZDJFdPE
        -----END CERTIFICATE-----
        """,
        "client.key": """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKhDDsis8BzsjlGb+
        hFMVccfH9ZGagHh9n1vNdBB3XUWhRANCAAR+o11l6FZCJ3m5giv4lJKxzMOk7wsy
        qZYuJom1V9SZ/Y9OXg3Ntzzt9T3KNTToaVngPubi5YQTWaQI8xIDeMXC
        -----END PRIVATE KEY-----
        """,
    ]
}
