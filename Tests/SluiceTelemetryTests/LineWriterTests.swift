// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import SluiceTelemetry

@Suite("Lines written on a thread of their own", .timeLimit(.minutes(1)))
struct LineWriterTests {
    @Test("lines reach the writer in their order, and the end waits for them")
    func order() async {
        let seen = Mutex<[UInt8]>([])
        let writer = LineWriter { bytes in
            seen.withLock { $0 += bytes }
            return true
        }
        for number in 0..<1_000 { writer.write("\(number)\n") }
        #expect(await writer.flush(within: .seconds(20)))
        let text = String(decoding: seen.withLock { $0 }, as: UTF8.self)
        #expect(text == (0..<1_000).map { "\($0)\n" }.joined())
    }

    @Test("a pipe that is full holds up nobody; once it is read again, a line says what is missing")
    func fullPipe() async throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let writer = LineWriter(limit: 10_000) { lines in
            Array("\(lines) lines are missing\n".utf8)
        } write: {
            Descriptor.write($0, to: descriptor)
        }
        let line = String(repeating: "x", count: 99) + "\n"
        // Until the pipe is full, whatever the thread takes of it meanwhile; then 1 MB into a queue of 10 kB.
        var lines = 0
        while lines < 1_000_000 {
            for _ in 0..<100 { writer.write(line) }
            lines += 100
            if await !writer.flush(within: .milliseconds(50)) { break }
        }
        for _ in 0..<10_000 { writer.write(line) }
        lines += 10_000
        #expect(writer.dropped > 5_000)
        #expect(await writer.flush(within: .milliseconds(50)) == false)
        let reader = Task.detached {
            var bytes: [UInt8] = []
            while true {
                let piece = pipe.fileHandleForReading.availableData
                if piece.isEmpty { return bytes }
                bytes += piece
            }
        }
        #expect(await writer.flush(within: .seconds(20)))
        while writer.write("last\n") == false {}
        #expect(await writer.flush(within: .seconds(20)))
        let dropped = writer.dropped
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: await reader.value, as: UTF8.self)
        let told = text.split(separator: "\n").compactMap { line in
            line.hasSuffix(" lines are missing") ? Int(line.prefix { $0.isNumber }) : nil
        }
        #expect(told.reduce(0, +) == dropped)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("x") } == lines - dropped)
        #expect(text.contains("last\n"))
    }

    @Test("where nobody reads any more, lines are counted and nothing stands still")
    func closedPipe() async throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        try pipe.fileHandleForReading.close()
        let writer = LineWriter { Descriptor.write($0, to: descriptor) }
        for _ in 0..<100 { writer.write("x\n") }
        #expect(await writer.flush(within: .seconds(20)))
        #expect(writer.dropped == 100)
    }
}
