internal import Glibc
internal import MillraceCore

/// Standard output and standard error of the process. Does I/O; from any thread. Output that nobody reads any more
/// ends the process as it ends others (SIGPIPE).
struct Console: Sendable {
    private let output: Int32
    private let errors: Int32

    init(output: Int32 = 1, errors: Int32 = 2) {
        self.output = output
        self.errors = errors
    }

    /// Results.
    func write(_ text: String) { Console.write(Array(text.utf8).span.bytes, to: output) }

    func write(_ bytes: RawSpan) { Console.write(bytes, to: output) }

    /// What happens meanwhile, and what went wrong: a line on standard error.
    func note(_ line: String) { Console.write(Array((line + "\n").utf8).span.bytes, to: errors) }

    /// Whether a person may be looking at standard error.
    var isInteractive: Bool { isatty(errors) == 1 }

    private static func write(_ bytes: RawSpan, to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return
                }
                rest = rest.dropFirst(count)
            }
        }
    }
}
