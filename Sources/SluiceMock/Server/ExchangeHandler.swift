// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One connection: gathers a request, asks for its reply, and plays it.
///
/// A request that comes while another is answered waits its turn. Speaks NIO directly and not the relay's own server,
/// so that the relay is tested against somebody else's reading of HTTP, and so that an answer can break every rule.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: (MockRequest) -> Reply
    private let record: (LogEntry) -> Void
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var waiting: [(head: HTTPRequestHead, body: [UInt8])] = []
    private var playing: Playing?
    private static let bodyLimit = 64 << 20

    private struct Playing {
        var reply: Reply
        var next = 0
        var keepsAlive: Bool
        var hasHead = false
        var isRecorded = false
        var sentTokens = 0
    }

    init(answer: @escaping (MockRequest) -> Reply, record: @escaping (LogEntry) -> Void) {
        self.answer = answer
        self.record = record
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            if head.headers.first(name: "expect")?.lowercased() == "100-continue", playing == nil {
                let proceed = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(proceed)), promise: nil)
            }
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= ExchangeHandler.bodyLimit else {
                return context.close(promise: nil)
            }
            body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            guard playing == nil else { return waiting.append((head, body)) }
            begin(head, body, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let playing, !playing.isRecorded, playing.reply.recordsLater(from: playing.next) {
            var entry = playing.reply.entry
            entry.ending = .callerGone
            entry.sentTokens = playing.sentTokens
            record(entry)
        }
        playing = nil
        waiting = []
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func begin(_ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext) {
        let bearer = head.headers.first(name: "authorization").flatMap { value in
            value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)) : nil
        }
        var request = MockRequest(
            method: head.method.rawValue,
            target: head.uri,
            body: body,
            requestID: head.headers.first(name: "x-request-id"),
            bearer: bearer ?? head.headers.first(name: "x-api-key") ?? head.headers.first(name: "api-key")
                ?? head.headers.first(name: "x-goog-api-key")
        )
        request.contentType = head.headers.first(name: "content-type")
        request.anthropicVersion = head.headers.first(name: "anthropic-version")
        playing = Playing(reply: answer(request), keepsAlive: head.isKeepAlive)
        advance(context)
    }

    /// Plays the steps up to the next pause.
    private func advance(_ context: ChannelHandlerContext) {
        while var current = playing {
            guard current.next < current.reply.steps.count else { return }
            let step = current.reply.steps[current.next]
            current.next += 1
            switch step {
            case .pause(let duration):
                playing = current
                guard duration > .zero else { continue }
                context.flush()
                context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { self.advance(context) }
                return
            case .write(let bytes, let tokens):
                writeHead(&current, context)
                current.sentTokens += tokens
                playing = current
                guard !bytes.isEmpty else { continue }
                if current.reply.isRaw {
                    writeRaw(bytes, context)
                } else {
                    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
                }
            case .record:
                current.isRecorded = true
                playing = current
                record(current.reply.entry)
            case .end:
                writeHead(&current, context)
                playing = nil
                if current.reply.isRaw {
                    context.flush()
                } else {
                    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                }
                guard current.keepsAlive else { return context.close(promise: nil) }
                if !waiting.isEmpty {
                    let (head, body) = waiting.removeFirst()
                    begin(head, body, context)
                }
                return
            case .close:
                playing = nil
                context.flush()
                return context.close(promise: nil)
            case .reset:
                playing = nil
                context.flush()
                return reset(context)
            case .hang:
                playing = current
                return context.flush()
            }
        }
    }

    private func writeHead(_ current: inout Playing, _ context: ChannelHandlerContext) {
        guard !current.hasHead, !current.reply.isRaw else { return }
        current.hasHead = true
        var headers = HTTPHeaders(current.reply.headers)
        if let length = current.reply.length { headers.add(name: "content-length", value: "\(length)") }
        if let id = current.reply.entry.answerID { headers.add(name: "x-request-id", value: "req_\(id)") }
        if !current.keepsAlive { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: current.reply.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Writes past the encoder: the bytes leave as they are.
    private func writeRaw(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        let buffer = NIOAny(ByteBuffer(bytes: bytes))
        guard let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        else { return context.close(promise: nil) }
        encoder.write(buffer, promise: nil)
    }

    /// Closes with RST: what the peer has not read yet is lost.
    private func reset(_ context: ChannelHandlerContext) {
        let option = linger(l_onoff: 1, l_linger: 0)
        let channel = context.channel
        guard let provider = channel as? any SocketOptionProvider else { return context.close(promise: nil) }
        provider.setSoLinger(option).whenComplete { _ in channel.close(promise: nil) }
    }
}

extension Reply {
    /// Whether a step from this one on writes the log.
    func recordsLater(from index: Int) -> Bool {
        steps.dropFirst(index).contains { if case .record = $0 { true } else { false } }
    }
}
