// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Tells a caller's connection what happens on its channel; decides nothing.
final class ClientChannel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: ClientConnection

    init(_ connection: ClientConnection) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) { connection.attach(context) }

    func channelActive(context: ChannelHandlerContext) { connection.opened() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { connection.received(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) { connection.readComplete() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection.apply(.writable(context.channel.isWritable))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { connection.apply(.inputEnded) }
    }

    func channelInactive(context: ChannelHandlerContext) { connection.ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.close() }
}
