// SPDX-License-Identifier: Apache-2.0
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The short way out for bytes on a plain socket: one call of the kernel, as long as nothing waits before them.
///
/// What the socket does not take at once goes through the channel, and so does everything after it until that has left;
/// an error is left for the channel to find, which tells of it in its own way. Everything happens on the event loop.
final class SocketWriter {
    private let channel: any Channel
    /// The channel's own descriptor: only used while the channel is active, for the number may be another's afterwards.
    private let descriptor: NIOBSDSocket.Handle
    /// Writes under way in the channel.
    private var waiting = 0
    /// The kernel took nothing of the last bytes and never will: the connection is gone.
    private(set) var isRefused = false

    /// `nil` for a channel that is no socket.
    ///
    /// Nothing else in its pipeline may want to see the bytes.
    init?(_ channel: any Channel) {
        let handle = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable {
            (handle: NIOBSDSocket.Handle) in handle
        }
        guard let handle else { return nil }
        self.channel = channel
        descriptor = handle
    }

    /// Whether nothing came from the peer that nobody has read: no byte, no end, no error.
    ///
    /// Asks the kernel, which knows what the event loop has yet to hear.
    var isQuiet: Bool {
        guard channel.isActive else { return false }
        var byte: UInt8 = 0
        // Safe because: the kernel writes at most the one byte there is room for.
        let count = unsafe withUnsafeMutableBytes(of: &byte) { unsafe peek($0, at: descriptor) }
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    }

    /// Sends what the socket takes now; returns the rest, which must go through the channel with ``promise()``.
    fileprivate func send(_ bytes: ByteBuffer) -> ByteBuffer? {
        // An active channel has not closed its descriptor: it turns inactive before it calls anybody.
        guard waiting == 0, channel.isActive else { return bytes }
        // Safe because: the kernel only reads, within the buffer's bytes, which live during the call.
        let count = unsafe bytes.withUnsafeReadableBytes { unsafe transmit($0, to: descriptor) }
        if count == bytes.readableBytes { return nil }
        isRefused = count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR
        var rest = bytes
        if count > 0 { rest.moveReaderIndex(forwardBy: count) }
        return rest
    }

    /// For a write through the channel.
    fileprivate func promise() -> EventLoopPromise<Void> {
        waiting += 1
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in waiting -= 1 }
        return promise
    }
}

extension ChannelHandlerContext {
    /// Sends bytes the short way where there is one, else through the channel.
    func send(_ bytes: ByteBuffer, by writer: SocketWriter?) {
        guard let writer else { return writeAndFlush(NIOAny(bytes), promise: nil) }
        guard let rest = writer.send(bytes) else { return }
        writeAndFlush(NIOAny(rest), promise: writer.promise())
    }
}

/// Bytes that could be read, at most as many as there is room for; below zero for an error, or for none yet.
private func peek(_ room: UnsafeMutableRawBufferPointer, at descriptor: NIOBSDSocket.Handle) -> Int {
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    return unsafe recv(descriptor, room.baseAddress, room.count, flags)
}

/// Bytes the kernel took: without waiting, and without a signal for a peer that has gone; below zero for an error.
private func transmit(_ bytes: UnsafeRawBufferPointer, to descriptor: NIOBSDSocket.Handle) -> Int {
    #if canImport(Darwin)
        // The networking library has set the socket to send no signals.
        let flags = Int32(MSG_DONTWAIT)
    #else
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    #endif
    return unsafe send(descriptor, bytes.baseAddress, bytes.count, flags)
}
