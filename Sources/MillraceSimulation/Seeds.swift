internal import Glibc

/// How many seeds a test of random input tries: some in each run, all of them where the environment variable
/// MILLRACE_LONG is set. A seed that has found something stays in front. Reads the environment; from any thread.
package enum Seeds {
    /// Whether there is time for everything.
    package static let isLong = unsafe getenv("MILLRACE_LONG") != nil

    /// The first `few`, or all.
    package static func first(_ few: UInt64, of all: UInt64) -> Range<UInt64> { 0..<(isLong ? all : few) }
}
