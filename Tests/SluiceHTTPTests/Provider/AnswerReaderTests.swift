// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Answer reader")
struct AnswerReaderTests {
    struct Reading: Equatable {
        var status = 0
        var headers: [String] = []
        var body = ""
        var isWhole = false
        var keepsAlive = false
        var hasSurplus = false
        var fault: ConnectionFault?
    }

    /// Reads bytes given in pieces of at most `size`, then the end of the connection where `closes`.
    static func read(
        _ bytes: [UInt8],
        size: Int = .max,
        closes: Bool = true,
        isHead: Bool = false
    ) -> Reading {
        let reader = AnswerReader(isHeadRequest: isHead)
        var reading = Reading()
        do throws(ConnectionFault) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(size)
                rest = rest.dropFirst(piece.count)
                reader.append(ByteBuffer(bytes: piece))
                try take(reader, into: &reading)
            }
            try take(reader, into: &reading)
            reading.hasSurplus = reader.hasSurplus
            if closes {
                try reader.finish()
                reading.isWhole = true
            }
        } catch {
            reading.fault = error
        }
        return reading
    }

    private static func take(_ reader: AnswerReader, into reading: inout Reading) throws(ConnectionFault) {
        guard try reader.readHead() else { return }
        if reading.status == 0 {
            reading.status = reader.head.status
            reading.keepsAlive = reader.head.keepsAlive
            reader.head.forEachField { name, value in
                reading.headers.append(text(name) + "=" + text(value))
            }
        }
        while let piece = try reader.nextPiece() { reading.body += String(buffer: piece) }
        reading.isWhole = reader.isOver
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    static let whole: [(String, Reading)] = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b c \r\n\r\nhello",
            Reading(
                status: 200,
                headers: ["Content-Length=5", "X-A=b c"],
                body: "hello",
                isWhole: true,
                keepsAlive: true
            )
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\n0005\r\npedia\r\n0\r\nA: b\r\n\r\n",
            Reading(
                status: 200,
                headers: ["transfer-encoding=chunked"],
                body: "wikipedia",
                isWhole: true,
                keepsAlive: true
            )
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            Reading(status: 204, isWhole: true, keepsAlive: true)
        ),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
            Reading(status: 304, headers: ["Content-Length=10"], isWhole: true, keepsAlive: true)
        ),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", Reading(status: 200, body: "until the end", isWhole: true)),
        (
            "HTTP/1.1 429\r\nConnection: Foo, CLOSE\r\nContent-Length: 0\r\n\r\n",
            Reading(status: 429, headers: ["Connection=Foo, CLOSE", "Content-Length=0"], isWhole: true)
        ),
    ]

    @Test("reads the same answer however the bytes are split", arguments: whole)
    func splits(text: String, expected: Reading) {
        let bytes = Array(text.utf8)
        for size in [1, 2, 3, 5, 7, bytes.count] {
            #expect(Self.read(bytes, size: size) == expected, "pieces of \(size)")
        }
    }

    @Test("knows at every byte that an answer with a length or chunks is not whole yet", arguments: whole.prefix(3))
    func cuts(text: String, expected: Reading) {
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            let reading = Self.read(Array(bytes.prefix(count)))
            #expect(reading.fault == (count == 0 ? .empty : .truncated), "cut after \(count) bytes")
            #expect(!reading.isWhole)
        }
    }

    @Test(
        "refuses what could be read in two ways",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n",
            "HTTP/1.1 700 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20000001\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000001\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
        ]
    )
    func malformed(text: String) {
        #expect(Self.read(Array(text.utf8)).fault == .malformed)
        #expect(Self.read(Array(text.utf8), size: 1).fault == .malformed)
    }

    @Test("bounds the head, its fields and the interim answers")
    func bounds() {
        let long = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: AnswerReader.maxHeadBytes)
        #expect(Self.read(Array(long.utf8)).fault == .tooLarge)
        #expect(Self.read(Array((long + "\r\n\r\n").utf8), size: 1_000).fault == .tooLarge)
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: AnswerReader.maxFields + 1) + "\r\n"
        #expect(Self.read(Array(many.utf8)).fault == .tooLarge)
        let endless = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 17)
        #expect(Self.read(Array(endless.utf8)).fault == .malformed)
        let trailers =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "a: b\r\n", count: 4_000)
        #expect(Self.read(Array(trailers.utf8)).fault == .malformed)
    }

    @Test("sees bytes beyond the end, and no body in an answer to HEAD")
    func surplus() {
        let extra = Self.read(Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab".utf8), closes: false)
        #expect(extra.hasSurplus && extra.body == "a" && extra.isWhole)
        let head = Self.read(Array("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".utf8), closes: false, isHead: true)
        #expect(head.isWhole && !head.hasSurplus)
    }

    @Test(
        "whole chunks at the front of what came are told, up to the first that is cut, last or written otherwise",
        arguments: [
            ("4\r\nwiki\r\n5\r\npedia\r\n", 19), ("4\r\nwiki\r\n0\r\n\r\n", 9), ("4\r\nwiki\r\n5\r\npedi", 9),
            ("000A\r\n0123456789\r\n", 18), ("a\r\n0123456789\r\n4\r\nwik!\r\n", 15), ("4;x=y\r\nwiki\r\n", 0),
            ("4 \r\nwiki\r\n", 0), ("4\nwiki\r\n", 0), ("4\r\nwikipedia", 0), ("4\r\nwiki\r", 0), ("", 0), ("4", 0),
            ("\r\n", 0), ("00000004\r\nwiki\r\n", 0), ("fffffff\r\nwiki\r\n", 0), ("0\r\n\r\n", 0),
        ]
    )
    func wholeChunks(text: String, expected: Int) throws {
        let bytes = ByteBuffer(string: text)
        let reader = AnswerReader()
        #expect(reader.wholeChunks(of: bytes) { _ in true } == 0)
        reader.append(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
        #expect(try reader.readHead())
        var data = ""
        let count = reader.wholeChunks(of: bytes) { piece in
            let text = piece.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            guard text != "wik!" else { return false }
            data += text
            return true
        }
        #expect(count == expected)
        // The rest is read as if the front had been read the same way.
        let other = AnswerReader()
        other.append(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
        #expect(try other.readHead())
        other.append(bytes)
        if let rest = bytes.getSlice(at: count, length: bytes.readableBytes - count) { reader.append(rest) }
        var whole = ""
        let fault = AnswerReaderTests.drain(other, into: &whole)
        #expect(AnswerReaderTests.drain(reader, into: &data) == fault)
        #expect(data == whole && reader.isOver == other.isOver)
        guard !reader.isOver, fault == nil, !text.isEmpty, !text.hasSuffix("\r\n") else { return }
        #expect(reader.wholeChunks(of: ByteBuffer(string: "1\r\na\r\n")) { _ in true } == 0, "within a chunk")
    }

    private static func drain(_ reader: AnswerReader, into text: inout String) -> ConnectionFault? {
        do throws(ConnectionFault) {
            while let piece = try reader.nextPiece() { text += String(buffer: piece) }
            return nil
        } catch {
            return error
        }
    }

    @Test("never traps, whatever the bytes, and never calls a cut answer whole")
    func fuzz() {
        var random = SeededGenerator(seed: 7)
        let seeds = Self.whole.map { Array($0.0.utf8) }
        for _ in 0..<20_000 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert([13, 10, 48, 58, 32, 255][Int.random(in: 0..<6, using: &random)], at: index)
                }
            }
            let once = Self.read(bytes)
            let split = Self.read(bytes, size: Int.random(in: 1...9, using: &random))
            #expect(once == split)
        }
    }

    @Test("a change of protocol is an answer where it was asked for, cut anywhere, and a fault elsewhere")
    func switching() throws {
        let head = Array("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n".utf8)
        #expect(Self.read(head).fault == .malformed)
        let behind: [UInt8] = [0, 13, 10, 13, 10, 255]
        let interim = Array("HTTP/1.1 103 Early Hints\r\n\r\n".utf8)
        let bytes = interim + head + behind
        for cut in 0...bytes.count {
            let reader = AnswerReader()
            reader.awaitsUpgrade = true
            reader.append(ByteBuffer(bytes: bytes[..<cut]))
            let isRead = try reader.readHead()
            #expect(isRead == (cut >= interim.count + head.count) && isRead == reader.hasSwitched)
            reader.append(ByteBuffer(bytes: bytes[cut...]))
            #expect(try reader.readHead())
            #expect(reader.head.status == 101 && reader.head.body == .none && !reader.head.keepsAlive)
            #expect(reader.head.first("upgrade") == "echo")
            #expect(try reader.nextPiece() == nil && !reader.isOver)
            #expect(reader.takeUnread() == ByteBuffer(bytes: behind) && reader.takeUnread() == nil)
            reader.reset()
            #expect(!reader.awaitsUpgrade && !reader.hasSwitched)
        }
    }

    @Test("a provider that does not switch protocols though it was asked gives an answer like any other")
    func notSwitching() throws {
        let reader = AnswerReader()
        reader.awaitsUpgrade = true
        reader.append(ByteBuffer(string: "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\n\r\nno"))
        #expect(try reader.readHead())
        #expect(!reader.hasSwitched && reader.takeUnread() == nil)
        #expect(try reader.nextPiece() == ByteBuffer(string: "no"))
        #expect(reader.isOver && reader.head.keepsAlive)
    }
}
