/// Counts of times in buckets that grow with the time: within 1.6 % of each (as HdrHistogram). Pure; a value.
struct LatencyHistogram: Sendable {
    /// Buckets between a power of two and the next.
    private static let subBucketBits = 6
    private var counts = [Int](repeating: 0, count: 64 << LatencyHistogram.subBucketBits)
    private(set) var count = 0
    private(set) var maximum: UInt64 = 0

    mutating func record(nanoseconds: UInt64) {
        counts[LatencyHistogram.bucket(nanoseconds)] += 1
        count += 1
        maximum = max(maximum, nanoseconds)
    }

    /// The time within which this share of all was, from 0 to 1.
    func nanoseconds(atQuantile quantile: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = max(1, Int((Double(count) * quantile).rounded(.up)))
        var sum = 0
        for (bucket, bucketCount) in counts.enumerated() where bucketCount > 0 {
            sum += bucketCount
            if sum >= wanted { return min(maximum, LatencyHistogram.upperBound(bucket)) }
        }
        return maximum
    }

    private static func bucket(_ value: UInt64) -> Int {
        let bits = UInt64.bitWidth - value.leadingZeroBitCount
        guard bits > subBucketBits else { return Int(value) }
        let shift = bits - subBucketBits - 1
        return (shift + 1) << subBucketBits | Int(value >> UInt64(shift)) & (1 << subBucketBits - 1)
    }

    private static func upperBound(_ bucket: Int) -> UInt64 {
        let exponent = bucket >> subBucketBits
        guard exponent > 0 else { return UInt64(bucket) }
        let low = UInt64(1 << subBucketBits | bucket & (1 << subBucketBits - 1))
        let shift = UInt64(exponent - 1)
        return low << shift | ((1 << shift) - 1)
    }

    static let quantiles: [(name: String, value: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
    ]

    /// Milliseconds.
    var json: JSON {
        guard count > 0 else { return .null }
        let values = LatencyHistogram.quantiles.map {
            JSON.Member(name: $0.name, value: .number(milliseconds(nanoseconds(atQuantile: $0.value))))
        }
        return .object(values + [.init(name: "max", value: .number(milliseconds(maximum)))])
    }

    var text: String {
        let values = LatencyHistogram.quantiles.map {
            "\($0.name) \(Rate.rounded(milliseconds(nanoseconds(atQuantile: $0.value)))) ms"
        }
        return (values + ["max \(Rate.rounded(milliseconds(maximum))) ms"]).joined(separator: ", ")
    }

    private func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1_000_000 }
}

/// Numbers for people. Pure.
enum Rate {
    /// Three digits or more.
    static func rounded(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value >= 100 || value <= -100 { return "\(Int(value.rounded()))" }
        let factor: Double = value >= 10 ? 10 : value >= 1 ? 100 : 1_000
        return "\((value * factor).rounded() / factor)"
    }
}
