// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOSSL
import NIOTLS

/// One connection to a provider, as the task of an exchange sees it; everything happens on its event loop.
package final class ProviderConnection {
    /// It has served an exchange before, so it may have died unseen.
    package private(set) var isReused = false
    /// Bytes came in since the last ``send(_:)``.
    package private(set) var hasAnswered = false
    /// Of the last ``send(_:)`` nothing can have left: the provider knows nothing of it.
    package private(set) var hasSentNothing = false
    /// Monotonic nanoseconds when the connection was made.
    package let openedAt: UInt64

    private let point: WaitPoint
    private let loop: HTTPLoop
    private var context: ChannelHandlerContext?
    private var socket: SocketWriter?
    private let speaksTLS: Bool
    private var pass: ((ByteBuffer) -> UInt64?)?
    private var inbox = Mailbox<ByteBuffer>()
    private var inboxBytes = 0
    private var isReadHeld = false
    private var isLeased = true
    private var isCancelled = false
    private var fault: ProviderFault?
    private var hasHandshaken: Bool
    /// A proxy has still to open the way to the provider.
    private var awaitsTunnel: Bool
    private var idleDeadline: Deadline?

    /// Bytes read ahead of the task; beyond it the provider is no longer read.
    private static let inboxLimit = 64 * 1_024

    init(on loop: HTTPLoop, speaksTLS: Bool, awaitsTunnel: Bool = false) {
        self.loop = loop
        point = WaitPoint(on: loop)
        openedAt = loop.now
        self.speaksTLS = speaksTLS
        self.awaitsTunnel = awaitsTunnel
        hasHandshaken = !speaksTLS
    }

    /// Open, and nothing was lost on it.
    package var isOpen: Bool { context != nil && fault == nil && !isCancelled && !inbox.isFinished }

    /// Sends a request; one write.
    package func send(_ bytes: ByteBuffer) {
        hasAnswered = false
        hasSentNothing = context == nil
        // Behind TLS only the channel's own way leads through the cipher.
        context?.send(bytes, by: speaksTLS ? nil : socket)
        if !speaksTLS, socket?.isRefused == true { hasSentNothing = true }
    }

    /// The next bytes of the answer; `nil` when the provider ended the connection in order.
    ///
    /// - Throws: `timeout` when the moment came, `cancelled`, `reset` or `tls`.
    package func read(until moment: UInt64 = .max) async throws(ProviderFault) -> ByteBuffer? {
        while true {
            if isCancelled { throw .cancelled }
            if let bytes = inbox.take() {
                inboxBytes -= bytes.readableBytes
                return bytes
            }
            if let fault { throw fault }
            if inbox.isFinished { return nil }
            if isReadHeld {
                isReadHeld = false
                context?.read()
                if !inbox.isEmpty { continue }
            }
            guard await point.wait(until: moment) else { throw .timeout }
        }
    }

    /// Ends the exchange from outside, since the caller has gone.
    ///
    /// The connection closes at once.
    package func cancel() {
        isCancelled = true
        close()
        point.wake()
    }

    package func close() { context?.close(promise: nil) }

    /// Hands bytes to `pass` as they come, without waking the task that waits here.
    ///
    /// `pass` returns the moment by which the next bytes must come, or `nil` to end this. It ends also when the moment has
    /// come or there is something else to hear of, which ``read(until:)`` then tells.
    package func relay(until moment: UInt64, _ pass: @escaping (ByteBuffer) -> UInt64?) async {
        guard !isCancelled, inbox.isEmpty, fault == nil, !inbox.isFinished, !isReadHeld else { return }
        self.pass = pass
        _ = await point.wait(until: moment)
        self.pass = nil
    }

    /// Hands over what came, if that is what the task waits for; `false` where it has to be woken.
    private func relay() -> Bool {
        guard let pass, point.isWaiting, let bytes = inbox.take() else { return false }
        inboxBytes -= bytes.readableBytes
        var next: UInt64?
        // What is woken meanwhile runs afterwards.
        loop.executor.run {
            next = pass(bytes)
            if next == nil { self.pass = nil }
        }
        guard let next else { return false }
        point.move(to: next)
        if isReadHeld {
            isReadHeld = false
            context?.read()
        }
        return inbox.isEmpty
    }

    // MARK: for the pool

    /// Waits until bytes may be sent: until a proxy has opened the way, and for TLS until the handshake is done.
    func ready(until moment: UInt64) async throws(ProviderFault) {
        while awaitsTunnel || !hasHandshaken {
            if isCancelled { throw .cancelled }
            if let fault { throw fault }
            if inbox.isFinished { throw awaitsTunnel ? .unreachable : .tls }
            guard await point.wait(until: moment) else { throw awaitsTunnel ? .connectTimeout : .tls }
        }
    }

    func lease() -> Bool {
        idleDeadline?.clear()
        // A provider that closed it a moment ago must not get a request: nobody could tell whether it had begun with it.
        guard isOpen, inbox.isEmpty, socket?.isQuiet ?? true else { return false }
        isLeased = true
        isReused = true
        hasAnswered = false
        return true
    }

    func rest(until moment: UInt64) -> Bool {
        guard isOpen, inbox.isEmpty else { return false }
        isLeased = false
        let deadline = idleDeadline ?? Deadline(on: loop.deadlines) { [weak self] in self?.closeIfIdle() }
        idleDeadline = deadline
        deadline.move(to: moment)
        if isReadHeld {
            isReadHeld = false
            context?.read()
        }
        return true
    }

    private func closeIfIdle() {
        if !isLeased { close() }
    }
}

// MARK: called by the channel, on the loop

extension ProviderConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func channelActive(context: ChannelHandlerContext) {
        socket = SocketWriter(context.channel)
        if awaitsTunnel {
            awaitsTunnel = false
            point.wake()
        }
        context.read()
        context.fireChannelActive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Bytes nobody asked for would be taken for the next request's answer.
        guard isLeased else { return close() }
        let bytes = unwrapInboundIn(data)
        loop.look()
        hasAnswered = true
        inboxBytes += bytes.readableBytes
        inbox.put(bytes)
    }

    /// Asks for more, unless the task has too much yet to take.
    package func channelReadComplete(context: ChannelHandlerContext) {
        if inboxBytes >= ProviderConnection.inboxLimit {
            isReadHeld = true
        } else {
            context.read()
        }
        if !inbox.isEmpty, !relay() { point.wake() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            hasHandshaken = true
            point.wake()
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        socket = nil
        inbox.finish()
        idleDeadline?.retire()
        point.retire()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if fault == nil { fault = ProviderFault(error, hasHandshaken: hasHandshaken) }
        context.close(promise: nil)
    }
}

extension ProviderFault {
    /// What an error of the channel means; `nil` for those that only say that the end came early.
    fileprivate init?(_ error: any Error, hasHandshaken: Bool) {
        if error is ProxyRefusal {
            self = .unreachable
        } else if !hasHandshaken {
            self = .tls
        } else if case .uncleanShutdown? = error as? NIOSSLError {
            // The peer closed without close_notify: an end like any other; the reader knows whether it is too early.
            return nil
        } else {
            self = .reset
        }
    }
}
