// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Sits before the parser: tells the connection that bytes came, and holds reads back while it has enough.
final class ByteWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: ClientConnection

    init(_ connection: ClientConnection) { self.connection = connection }

    /// Answers leave from here: the parser before it takes no part in them.
    func handlerAdded(context: ChannelHandlerContext) { connection.outlet = context }

    func handlerRemoved(context: ChannelHandlerContext) { connection.outlet = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.takesBytes(unwrapInboundIn(data).readableBytes) { context.fireChannelRead(data) }
    }

    func read(context: ChannelHandlerContext) {
        if connection.holdsReads() { return }
        context.read()
    }
}
