// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

/// Asks a proxy for a tunnel to the provider (RFC 9110 §9.3.6), and steps aside once it is there.
///
/// Until then the handlers behind it do not know that the connection is open, so that neither a handshake nor a request
/// begins too early.
final class ProxyTunnel: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: ByteBuffer
    private var answer: ProxyAnswer? = ProxyAnswer()

    /// - Parameters:
    ///   - host: the provider's, and its port.
    init(to host: String, port: Int, authorization: String?) {
        request = ProxyTunnel.request(to: host, port: port, authorization: authorization)
    }

    static func request(to host: String, port: Int, authorization: String?) -> ByteBuffer {
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let credential = authorization.map { "proxy-authorization: \($0)\r\n" } ?? ""
        return ByteBuffer(string: "CONNECT \(authority) HTTP/1.1\r\nhost: \(authority)\r\n\(credential)\r\n")
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard answer != nil else { return context.fireChannelRead(data) }
        switch answer?.take(unwrapInboundIn(data)) {
        case .open(let rest):
            answer = nil
            context.fireChannelActive()
            if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        case .refused: context.fireErrorCaught(ProxyRefusal())
        case .incomplete, nil: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard answer != nil else { return context.fireChannelReadComplete() }
        context.read()
    }
}

/// The proxy said no, or nothing that can be read; the provider was not reached.
struct ProxyRefusal: Error {}

/// Reads the answer to `CONNECT` while it arrives.
struct ProxyAnswer {
    enum Outcome: Equatable {
        /// The tunnel is open; bytes behind the answer's head are the provider's.
        case open(ByteBuffer)
        case refused
        case incomplete
    }

    private var head = ByteBuffer()

    private static let limit = 16 * 1_024

    mutating func take(_ bytes: ByteBuffer) -> Outcome {
        head.writeImmutableBuffer(bytes)
        guard let end = ProxyAnswer.end(of: head.readableBytesUInt8Span) else {
            return head.readableBytes > ProxyAnswer.limit ? .refused : .incomplete
        }
        let kind = ProxyAnswer.kind(of: head.readableBytesUInt8Span)
        var rest = head
        rest.moveReaderIndex(forwardBy: end)
        switch kind {
        case UInt8(ascii: "2"): return .open(rest)
        case UInt8(ascii: "1"):
            head = ByteBuffer()
            return take(rest)
        default: return .refused
        }
    }

    /// The first digit of the status in `HTTP/1.1 200 …`: any 2xx opens the tunnel.
    private static func kind(of text: borrowing Span<UInt8>) -> UInt8? {
        guard text.count >= 12, text.extracting(0..<7).equals("HTTP/1."), text[8] == UInt8(ascii: " ") else {
            return nil
        }
        return text[9]
    }

    /// Where the head's blank line ends.
    private static func end(of text: borrowing Span<UInt8>) -> Int? {
        var start = 0
        while let feed = text.firstIndex(of: .lineFeed, from: start) {
            if feed == start || (feed == start + 1 && text[start] == .carriageReturn) { return feed + 1 }
            start = feed + 1
        }
        return nil
    }
}
