/// How long something took, counted in fixed buckets, four to a power of two: a value is known to within 19 %. Pure;
/// a copy is a snapshot.
public struct LatencyHistogram: Hashable, Sendable {
    /// Four buckets for each power of two of nanoseconds.
    private static let bucketCount = 64 * 4
    private var buckets = [UInt32](repeating: 0, count: LatencyHistogram.bucketCount)
    /// How many were recorded.
    public private(set) var count = 0
    /// The sum of all.
    public private(set) var totalNanoseconds: UInt64 = 0
    /// The longest.
    public private(set) var maximumNanoseconds: UInt64 = 0

    /// A histogram without entries.
    public init() {}

    /// Adds one duration.
    public mutating func record(nanoseconds: UInt64) {
        buckets[LatencyHistogram.bucket(of: nanoseconds)] &+= 1
        count += 1
        totalNanoseconds &+= nanoseconds
        maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
    }

    /// The upper bound of the bucket that holds this share of the values, `0.99` for the 99th percentile.
    public func nanoseconds(atShare share: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = max(1, Int((Double(count) * share).rounded(.up)))
        var seen = 0
        for (index, number) in buckets.enumerated() {
            seen += Int(number)
            if seen >= wanted { return min(LatencyHistogram.upperBound(of: index), maximumNanoseconds) }
        }
        return maximumNanoseconds
    }

    /// The mean of all; 0 where there is none.
    public var meanNanoseconds: UInt64 { count == 0 ? 0 : totalNanoseconds / UInt64(count) }

    /// Adds all that `other` has.
    public mutating func merge(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count += other.count
        totalNanoseconds &+= other.totalNanoseconds
        maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
    }

    private static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >= 4 else { return Int(nanoseconds) }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        let quarter = Int(nanoseconds >> UInt64(exponent - 2)) & 3
        return exponent * 4 + quarter
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= 8 else { return UInt64(bucket) }
        let exponent = UInt64(bucket / 4)
        let quarter = UInt64(bucket % 4)
        return (UInt64(1) << exponent) &+ ((quarter + 1) << (exponent - 2)) &- 1
    }
}
