/// One header of a record. A name may occur several times (KIP-82).
public struct Header: Hashable, Sendable {
    public let name: String
    public let value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header with the UTF-8 bytes of `value`.
    public init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }
}

/// The headers of a record in their order (KIP-82). The empty list costs no allocation.
public struct Headers: Hashable, Sendable {
    @usableFromInline var list: [Header]

    @inlinable
    public init() { list = [] }

    public init(_ list: [Header]) { self.list = list }

    @inlinable public static var empty: Headers { Headers() }

    /// The value of the last header of this name, as Kafka's `lastHeader`; nil where there is none or it is null.
    public func last(_ name: String) -> [UInt8]? {
        list.last { $0.name == name }?.value
    }

    public mutating func append(_ header: Header) { list.append(header) }

    public mutating func removeAll(named name: String) { list.removeAll { $0.name == name } }
}

extension Headers: RandomAccessCollection {
    @inlinable public var startIndex: Int { list.startIndex }
    @inlinable public var endIndex: Int { list.endIndex }
    @inlinable public subscript(position: Int) -> Header { list[position] }
}
