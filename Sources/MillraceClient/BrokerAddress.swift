/// Where a broker listens. Pure.
package struct BrokerAddress: Hashable, Sendable {
    package var host: String
    package var port: UInt16

    package static let defaultPort: UInt16 = 9092

    package init(host: String, port: UInt16 = defaultPort) {
        self.host = host
        self.port = port
    }

    /// `host`, `host:port`, `[::1]:port`; nil where the text is none of these.
    package init?(_ text: String) {
        var host = Substring(text)
        var port = Substring(String(BrokerAddress.defaultPort))
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = rest.dropFirst() } else if !rest.isEmpty { return nil }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard !host.contains(":") else { return nil }
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace), let number = UInt16(port), number > 0 else {
            return nil
        }
        self.init(host: String(host), port: number)
    }

    /// Several, separated by commas; nil where one of them is wrong or there is none.
    package static func list(_ text: String) -> [BrokerAddress]? {
        var addresses: [BrokerAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            guard let address = BrokerAddress(String(part.filter { $0 != " " })) else { return nil }
            addresses.append(address)
        }
        return addresses.isEmpty ? nil : addresses
    }
}

extension BrokerAddress: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
