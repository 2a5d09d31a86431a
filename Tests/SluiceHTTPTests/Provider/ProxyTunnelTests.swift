// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import Testing

@testable import SluiceHTTP

@Suite("A tunnel through a proxy")
struct ProxyTunnelTests {
    @Test("the proxy is asked for the provider's host and port, with credentials where there are some")
    func request() {
        let plain = ProxyTunnel.request(to: "api.example.com", port: 443, authorization: nil)
        #expect(
            String(buffer: plain) == "CONNECT api.example.com:443 HTTP/1.1\r\nhost: api.example.com:443\r\n\r\n"
        )
        let proxy = ProviderProxy(host: "p", port: 1, credentials: "Aladdin:open sesame")
        let known = ProxyTunnel.request(to: "fd00::1", port: 8443, authorization: proxy.authorization)
        #expect(
            String(buffer: known) == "CONNECT [fd00::1]:8443 HTTP/1.1\r\nhost: [fd00::1]:8443\r\n"
                + "proxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
        )
    }

    @Test(
        "base64",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func base64(text: String, expected: String) {
        #expect(ProviderProxy.base64(Array(text.utf8)) == expected)
    }

    @Test(
        "any 2xx opens the tunnel, and what stands behind the head is the provider's",
        arguments: [1, 2, 5, 1_000]
    )
    func opens(cut: Int) {
        let heads = [
            "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\nvia: x\r\n\r\n", "HTTP/1.1 204 \r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n",
        ]
        for head in heads {
            var answer = ProxyAnswer()
            var bytes = Array((head + "xyz").utf8)[...]
            var rest = ""
            while !bytes.isEmpty {
                let piece = ByteBuffer(bytes: bytes.prefix(cut))
                bytes = bytes.dropFirst(cut)
                if case .open(let buffer) = answer.take(piece) {
                    rest = String(buffer: buffer) + String(decoding: bytes, as: UTF8.self)
                    break
                }
            }
            #expect(rest == "xyz", "\(head)")
        }
    }

    @Test(
        "everything else is a refusal",
        arguments: [
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n\r\n", "\r\n\r\n", String(repeating: "x", count: 20_000),
        ]
    )
    func refuses(text: String) {
        var answer = ProxyAnswer()
        let outcome = answer.take(ByteBuffer(string: text))
        #expect(outcome == .refused)
    }

    @Test("handlers behind the tunnel learn of the connection when it is open, and nothing of the proxy's")
    func pipeline() throws {
        final class Seen: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            var events: [String] = []
            func channelActive(context: ChannelHandlerContext) { events.append("active") }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                events.append(String(buffer: unwrapInboundIn(data)))
            }
            func errorCaught(context: ChannelHandlerContext, error: any Error) { events.append("\(type(of: error))") }
        }
        for (reply, expected) in [
            ("HTTP/1.1 200 OK\r\n\r\nhello", ["active", "hello", "more"]),
            ("HTTP/1.1 403 Forbidden\r\n\r\n", ["ProxyRefusal"]),
        ] {
            let seen = Seen()
            let channel = EmbeddedChannel(
                handlers: [ProxyTunnel(to: "a", port: 443, authorization: nil), seen]
            )
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            let asked = try #require(try channel.readOutbound(as: ByteBuffer.self))
            #expect(String(buffer: asked).hasPrefix("CONNECT a:443"))
            #expect(seen.events == [])
            try channel.writeInbound(ByteBuffer(string: reply))
            if expected.count == 3 { try channel.writeInbound(ByteBuffer(string: "more")) }
            #expect(seen.events == expected)
            _ = try? channel.finish()
        }
    }
}
