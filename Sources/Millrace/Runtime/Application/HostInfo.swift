/// Where other instances reach this one, for whatever protocol the program speaks: Kafka Streams'
/// `application.server`. The runtime only carries it.
public struct HostInfo: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address.
    public let host: String
    /// 1 to 65,535.
    public let port: Int

    /// A host and a port.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { "\(host):\(port)" }
}
