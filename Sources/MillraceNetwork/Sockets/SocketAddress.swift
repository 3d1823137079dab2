internal import Glibc

/// An IPv4 or IPv6 address with a port, as the system holds it. A plain value; `resolve` asks the system's resolver,
/// which may do I/O.
package struct SocketAddress: Sendable {
    private var storage: sockaddr_storage
    private var length: socklen_t

    init(_ pointer: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = sockaddr_storage()
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(self.length)))
        }
    }

    /// An address that the system fills.
    init(filling fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) throws(Int32Error) {
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var length = length
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
        }
        if result < 0 { throw Int32Error(value: errno) }
        self.length = length
    }

    struct Int32Error: Error { let value: Int32 }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// All addresses of a host, the resolver's first choice first.
    ///
    /// - Parameter forListening: an empty host means all of this machine's addresses then, else the loopback.
    package static func resolve(
        host: String, port: UInt16, forListening: Bool = false
    ) throws(SocketError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = forListening ? AI_PASSIVE | AI_NUMERICSERV : AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &list)
        guard result == 0, let first = list else {
            throw SocketError("resolve", 0, subject: "'\(host)': \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(SocketAddress(address, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }

    var family: Int32 { Int32(storage.ss_family) }
    package var isIPv6: Bool { family == AF_INET6 }

    /// The number of the port.
    package var port: UInt16 {
        withUnsafeBytes(of: storage) { bytes in
            // In both families the port stands behind the family, big-endian.
            UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
    }

    /// The address in numbers, without the port.
    package var host: String {
        withPointer { pointer, length in
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let result = getnameinfo(pointer, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            guard result == 0 else { return "unknown" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
