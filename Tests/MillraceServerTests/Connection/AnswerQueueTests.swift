import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing

@testable import MillraceServer

@Suite("Answers and what is written of them")
struct AnswerQueueTests {
    /// Writes what is there in steps of at most `step` bytes, reading slices of files.
    private func drain(_ output: inout OutputBuffer, step: Int, _ buffers: LoopBuffers) throws -> [UInt8] {
        var bytes = ByteWriter()
        while let piece = output.next() {
            switch piece {
            case .bytes(let buffer, let range, _):
                let count = min(step, range.count)
                bytes.append(buffer.bytes.extracting(range.lowerBound..<(range.lowerBound + count)))
                output.advance(by: count, buffers)
            case .file(let slice, _):
                let count = min(step, slice.byteCount)
                let got = try slice.file.read(at: slice.position, length: count, into: &bytes)
                #expect(got == count)
                output.advance(by: count, buffers)
            }
        }
        return bytes.copyBytes()
    }

    /// An answer of one byte, its own number, or with slices around it.
    private func answer(
        _ number: UInt8, _ file: any DiskFile, isRich: Bool, _ lent: SharedBuffer, into writer: inout WireWriter
    ) -> (slices: [AnswerSlice], bytes: [UInt8]) {
        guard isRich else {
            writer.bytes.append(number)
            return ([], [number])
        }
        let start = lent.count
        lent.fill { $0.append(contentsOf: [number, 200]) }
        writer.bytes.append(number)
        var first = WireRecords.elsewhere(byteCount: 2)
        var second = WireRecords.elsewhere(byteCount: 3)
        // The length of each stands before it.
        try? writer.field("", &first)
        try? writer.field("", &second)
        writer.bytes.append(number)
        let position = Int64(number)
        return (
            [
                .bytes(lent, start..<(start + 2)),
                .file(FileSlice(file: file, position: position, byteCount: 3)),
            ],
            [number, 0, 0, 0, 2, number, 200, 0, 0, 0, 3, number, number + 1, number + 2, number]
        )
    }

    private func file() throws -> any DiskFile {
        let disk = SimulatedDisk(seed: 1)
        let file = try disk.open("/bytes", create: true)
        try file.write(at: 0, [UInt8](0...255).span.bytes)
        return file
    }

    @Test(
        "go out in the order of their requests, in whatever order they are completed",
        arguments: 0..<200 as Range<UInt64>)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var queue = AnswerQueue()
        var output = OutputBuffer()
        let buffers = LoopBuffers()
        let file = try file()
        var expected: [UInt8] = []
        var open: [(sequence: UInt64, number: UInt8, isOmitted: Bool)] = []
        var got: [UInt8] = []
        var answers: [UInt8: [UInt8]] = [:]
        var order: [UInt8] = []
        for number in 0..<100 as Range<UInt8> {
            open.append((queue.open(), number, Int.random(in: 0..<10, using: &random) == 0))
            order.append(number)
            while !open.isEmpty, Int.random(in: 0..<3, using: &random) > 0 {
                let index = Int.random(in: 0..<open.count, using: &random)
                let next = open.remove(at: index)
                let lent = SharedBuffer(capacity: 16)
                let isRich = Bool.random(using: &random) && !next.isOmitted
                var writer = WireWriter()
                let (slices, bytes) = answer(next.number, file, isRich: isRich, lent, into: &writer)
                answers[next.number] = next.isOmitted ? [] : bytes
                queue.complete(
                    next.sequence, writer, slices: slices, isOmitted: next.isOmitted, to: &output, buffers)
                // What was lent is somebody else's now.
                lent.fill { $0.removeAll() }
                lent.fill { $0.append(contentsOf: [1, 1, 1, 1]) }
            }
            if Bool.random(using: &random) {
                got += try drain(&output, step: Int.random(in: 1...9, using: &random), buffers)
            }
        }
        for next in open {
            var writer = WireWriter()
            let (slices, bytes) = answer(
                next.number, file, isRich: false, SharedBuffer(capacity: 1), into: &writer)
            answers[next.number] = bytes
            queue.complete(next.sequence, writer, slices: slices, to: &output, buffers)
        }
        got += try drain(&output, step: 5, buffers)
        for number in order { expected += answers[number] ?? [] }
        #expect(got == expected, "seed \(seed)")
        #expect(queue.count == 0)
        #expect(output.isEmpty && output.heldByteCount == 0)
    }

    @Test("a client that is always a little behind does not make the buffer grow")
    func lagging() {
        var output = OutputBuffer()
        let buffers = LoopBuffers()
        let piece = [UInt8](repeating: 1, count: 10_000)
        output.append(piece.span.bytes, buffers)
        for _ in 0..<1_000 {
            output.append(piece.span.bytes, buffers)
            output.advance(by: piece.count, buffers)
        }
        #expect(output.byteCount == piece.count)
        #expect(output.heldByteCount <= OutputBuffer.writtenBytesMax + 3 * piece.count)
    }
}
