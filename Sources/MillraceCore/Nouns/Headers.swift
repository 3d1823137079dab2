/// One header of a record. A name may occur several times (KIP-82).
public struct Header: Hashable, Sendable {
    /// The name; several headers may share it.
    public let name: String
    /// The value; nil is null.
    public let value: [UInt8]?

    /// A header of these parts.
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

    /// No headers.
    @inlinable
    public init() { list = [] }

    /// These headers, in order.
    public init(_ list: [Header]) { self.list = list }

    /// No headers.
    @inlinable public static var empty: Headers { Headers() }

    /// The value of the last header of this name, as Kafka's `lastHeader`; nil where there is none or it is null.
    public func last(_ name: String) -> [UInt8]? {
        list.last { $0.name == name }?.value
    }

    /// Adds a header at the end.
    public mutating func append(_ header: Header) { list.append(header) }

    /// Removes all headers of this name.
    public mutating func removeAll(named name: String) { list.removeAll { $0.name == name } }
}

extension Headers: RandomAccessCollection {
    @inlinable public var startIndex: Int { list.startIndex }
    @inlinable public var endIndex: Int { list.endIndex }
    @inlinable public subscript(position: Int) -> Header { list[position] }
}
