public import MillraceCore

/// A recycled writer of a class, whose bytes can be lent out: a span of a stored property cannot leave the access
/// to it. One owner; it must not write while it lends.
@usableFromInline
final class ScratchBytes {
    @exclusivity(unchecked)
    @usableFromInline var writer = ByteWriter()

    @inlinable init() {}

    @inlinable var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = writer.bytes.withUnsafeBytes { bytes in bytes }
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: span), borrowing: self)
        }
    }

    @inlinable var count: Int { writer.count }

    @inlinable func removeAll() { writer.removeAll() }

    @inlinable func copyBytes() -> [UInt8] { writer.copyBytes() }
}
