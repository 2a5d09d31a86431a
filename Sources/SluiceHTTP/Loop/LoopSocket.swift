// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What a connection does to its channel: nothing once the channel is gone.
///
/// Everything happens on the event loop.
struct LoopSocket {
    private var context: ChannelHandlerContext?
    /// The short way out, once the channel is active.
    private var writer: SocketWriter?
    /// Behind TLS only the channel's own way leads through the cipher.
    private let isEncrypted: Bool

    init(isEncrypted: Bool = false) { self.isEncrypted = isEncrypted }

    /// The channel has not ended.
    var isThere: Bool { context != nil }
    /// Whether nothing came from the peer that nobody has read, as the kernel knows it.
    var isQuiet: Bool { writer?.isQuiet ?? true }

    mutating func attach(_ context: ChannelHandlerContext) { self.context = context }

    /// The channel is active.
    mutating func open() { writer = (context?.channel).flatMap { SocketWriter($0) } }

    mutating func detach() {
        context = nil
        writer = nil
    }

    func read() { context?.read() }

    /// Sends bytes; `false` when nothing of them can have left.
    @discardableResult
    func send(_ bytes: ByteBuffer) -> Bool {
        guard let context else { return false }
        guard !isEncrypted else {
            context.send(bytes, by: nil)
            return true
        }
        context.send(bytes, by: writer)
        return writer?.isRefused != true
    }

    func close() { context?.close(promise: nil) }

    func closeAfterWrites() { afterWrites { $0.close(promise: nil) } }

    /// Ends our side: the peer reads an end, and may go on sending.
    func endOutput() { afterWrites { $0.close(mode: .output, promise: nil) } }

    /// From now on the peer may end its side while ours goes on; before, its end is the connection's.
    func allowHalfClosure() {
        // Only a channel that is closed already throws here, and that tells of it in its own way.
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
    }

    /// Ends our side and reads away for a while, so that a peer that is still sending gets to see what we said.
    func linger(for time: UInt64) {
        guard let context else { return }
        endOutput()
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: time))) { channel.close(promise: nil) }
    }

    private func afterWrites(_ act: @escaping @Sendable (any Channel) -> Void) {
        guard let context else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done.futureResult.whenComplete { _ in act(channel) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
    }
}
