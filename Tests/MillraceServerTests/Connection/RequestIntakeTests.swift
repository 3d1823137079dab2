import MillraceCore
import Testing

@testable import MillraceServer

@Suite("Frames of requests")
struct RequestIntakeTests {
    private func stream(_ frames: [[UInt8]]) -> [UInt8] {
        var writer = ByteWriter()
        for frame in frames {
            writer.append(Int32(frame.count))
            writer.append(contentsOf: frame)
        }
        return writer.copyBytes()
    }

    /// Brings pieces as a loop does: into the room behind an unfinished frame first, the rest into a shared buffer.
    private func receive(
        _ pieces: [[UInt8]], limit: Int = 1 << 20, framesPerTurn: Int = .max
    ) throws -> (frames: [[UInt8]], kept: Int) {
        var intake = RequestIntake(frameBytesMax: limit)
        let buffers = LoopBuffers()
        let shared = SharedBuffer(capacity: 16)
        var frames: [[UInt8]] = []
        for piece in pieces {
            var rest = piece[...]
            shared.fill { $0.removeAll() }
            if let (room, limit) = intake.room() {
                room.fill { $0.append(contentsOf: Array(rest.prefix(limit))) }
                rest = rest.dropFirst(limit)
            }
            shared.fill { $0.append(contentsOf: Array(rest)) }
            intake.begin(with: shared)
            var isDone = false
            while !isDone {
                var taken = 0
                while taken < framesPerTurn, let frame = try intake.next() {
                    frames.append([UInt8](copying: frame.buffer.bytes.extracting(frame.range)))
                    taken += 1
                }
                intake.end(buffers)
                isDone = taken < framesPerTurn
            }
        }
        return (frames, intake.keptByteCount)
    }

    @Test("are the same wherever the bytes were cut", arguments: [1, 2, Int.max])
    func cutEverywhere(framesPerTurn: Int) throws {
        let frames: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 40), [9]]
        let bytes = stream(frames)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                let got = try receive(pieces, framesPerTurn: framesPerTurn)
                #expect(got.frames == frames, "cut at \(first) and \(second)")
                #expect(got.kept == 0)
            }
        }
    }

    @Test("come byte by byte")
    func byteByByte() throws {
        let frames: [[UInt8]] = (0..<50).map { Array(repeating: UInt8($0), count: $0 * 7) }
        let got = try receive(stream(frames).map { [$0] })
        #expect(got.frames == frames)
    }

    @Test(
        "that are too long or negative are refused when their length has come",
        arguments: [-1, -(1 << 30), 101, 1 << 30])
    func lengths(length: Int) {
        var writer = ByteWriter()
        writer.append(Int32(length))
        #expect(throws: RequestIntake.InvalidLength(length: length, limit: 100)) {
            _ = try receive([writer.copyBytes()], limit: 100)
        }
        #expect(throws: RequestIntake.InvalidLength(length: length, limit: 100)) {
            _ = try receive(writer.copyBytes().map { [$0] }, limit: 100)
        }
    }

    @Test("cost no more memory than what has come, whatever length they claim")
    func claimedLength() throws {
        var intake = RequestIntake(frameBytesMax: 100 << 20)
        let buffers = LoopBuffers()
        let shared = SharedBuffer(capacity: 16)
        shared.fill {
            $0.append(Int32(90 << 20))
            $0.append(UInt8(1))
        }
        intake.begin(with: shared)
        let frame = try intake.next()
        #expect(frame == nil)
        intake.end(buffers)
        let kept = intake.keptByteCount
        #expect(kept == 5)
        let offered = intake.room()
        let room = try #require(offered)
        #expect(room.limit <= RequestIntake.firstRoomMax)
        #expect(room.buffer.capacity <= 2 * RequestIntake.firstRoomMax)
    }

    @Test("leave no buffer behind")
    func atRest() throws {
        let buffers = LoopBuffers()
        var intake = RequestIntake(frameBytesMax: 100)
        let shared = SharedBuffer(capacity: 16)
        for piece in stream([[1, 2, 3]]).map({ [$0] }) {
            shared.fill {
                $0.removeAll()
                $0.append(contentsOf: piece)
            }
            intake.begin(with: shared)
            _ = try intake.next()
            intake.end(buffers)
        }
        let room = intake.room()
        #expect(room == nil)
        let kept = intake.keptByteCount
        #expect(kept == 0)
    }
}

extension RequestIntake.Frame: Equatable {
    static func == (left: RequestIntake.Frame, right: RequestIntake.Frame) -> Bool {
        left.buffer === right.buffer && left.range == right.range
    }
}
