// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SluiceHTTP
import SluiceTestKit
import Testing

/// What passes our gate must mean the same to another parser: a difference is how requests are smuggled.
@Suite("Two parsers of heads")
struct TwoParsersTests {
    static let seeds = [
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a.example\r\nContent-Length: 12\r\nAuthorization: Bearer x\r\n\r\n",
        "POST /v1/x?y=%20z HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
        "GET http://a.example:1/ HTTP/1.1\r\nhost: a.example:1\r\nX-A:\r\nx-b: \t1 2\t\r\nConnection: close, x\r\n\r\n",
        "HEAD / HTTP/1.0\r\nConnection: Keep-Alive\r\nExpect: 100-continue\r\nX: \u{e9}\r\n\r\n",
    ]

    /// Pieces that have confused parsers before.
    static let pieces = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", ";", "chunked", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\n", "Content-Length: 0\r\n", "Host: b\r\n", " folded\r\n", "\u{b}", "\u{7f}", "HTTP/1.1",
        "HTTP/1.0", "GET ", "close", "0x", "+", "-", "\u{e9}", "_", "^", "\"",
    ].map { Array($0.utf8) }

    @Test("twenty thousand damaged heads: what the gate lets through, the other parser reads in the same way")
    func differential() {
        var chance = SeededGenerator(seed: 20)
        var passed = 0
        for round in 0..<20_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...2, using: &chance) {
                let place = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0..<4, using: &chance) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: Self.pieces.randomElement(using: &chance) ?? [], at: place)
                default: bytes[place] ^= 0x20
                }
                if bytes.isEmpty { bytes = [0x47] }
            }
            guard let head = try? RequestHeadRules.read(ByteBuffer(bytes: bytes)) else { continue }
            passed += 1
            if let difference = difference(head, bytes) {
                Issue.record("\(difference): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                return
            }
        }
        #expect(passed > 5_000)
    }

    /// What the other parser sees otherwise.
    private func difference(_ head: borrowing RequestHead, _ bytes: [UInt8]) -> String? {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        guard (try? channel.writeInbound(ByteBuffer(bytes: bytes))) != nil,
            case .head(let other)? = try? channel.readInbound(as: HTTPServerRequestPart.self)
        else { return "refused" }
        var fields: [String] = []
        head.forEachField { name, value, _ in fields.append("\(String(copying: name)):\(String(copying: value))") }
        // The other parser leaves tabs at a value's end, which are white space as well (RFC 9110 §5.5).
        let others = other.headers.map { name, value in
            "\(name):\(String(value.reversed().drop { $0 == "\t" || $0 == " " }.reversed()))"
        }
        if fields != others { return "fields \(others)" }
        if head.uri != other.uri || head.method.rawValue != other.method.rawValue { return "first line" }
        let hasTab = other.headers.contains { $0.value.hasSuffix("\t") }
        if !hasTab, head.framing.keepsAlive != other.isKeepAlive { return "keeps alive: \(other.isKeepAlive)" }
        return head.isHTTP10 == (other.version == .http1_0) ? nil : "version"
    }
}
