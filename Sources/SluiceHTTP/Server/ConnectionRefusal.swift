// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Answers a connection beyond the limits that there is none left, and closes it.
final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: ByteBuffer?

    /// - Parameter answer: `nil` closes at once.
    init(answer: ByteBuffer?) { self.answer = answer }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        guard let answer else { return context.close(promise: nil) }
        let done = context.eventLoop.makePromise(of: Void.self)
        // What the caller is still sending is read away for a moment, or a reset would take the answer from it.
        done.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(answer), promise: done)
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    /// What the caller sends is read away.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
