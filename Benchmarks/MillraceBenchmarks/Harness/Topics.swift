/// The topics of the cases. On brokers that are not ours alone nothing else is touched than what begins like this.
enum Topics {
    static let prefix = "millrace-benchmark-"

    static let input = prefix + "input"
    /// Half of the input, in cases that join two streams.
    static let other = prefix + "other"
    static let rows = prefix + "rows"
    static let output = prefix + "output"
}
