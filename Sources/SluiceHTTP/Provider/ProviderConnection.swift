// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOSSL
import NIOTLS

/// One connection to a provider, as the task of an exchange sees it; everything happens on its event loop.
package final class ProviderConnection {
    /// Monotonic nanoseconds when the connection was made.
    package let openedAt: UInt64

    private let loop: HTTPLoop
    /// Where the task waits for bytes, and where for room to write.
    private let reading: WaitPoint
    private let writing: WaitPoint
    private var state: StateMachine
    private var socket: LoopSocket
    /// Bytes that came and were not taken yet.
    private var inbox = Mailbox()
    private var pass: ((ByteBuffer) -> UInt64?)?
    private var idleDeadline: Deadline?

    /// Bytes read ahead of the task; beyond it the provider is no longer read.
    private static let inboxLimit = 64 * 1_024

    init(on loop: HTTPLoop, speaksTLS: Bool, awaitsTunnel: Bool = false) {
        self.loop = loop
        reading = WaitPoint(on: loop)
        writing = WaitPoint(on: loop)
        openedAt = loop.now
        socket = LoopSocket(isEncrypted: speaksTLS)
        state = StateMachine(
            holding: ProviderConnection.inboxLimit,
            throughProxy: awaitsTunnel,
            speaksTLS: speaksTLS
        )
    }

    /// It has served an exchange before, so it may have died unseen.
    package var isReused: Bool { state.exchange.isReused }
    /// Bytes came in since the last ``send(_:)``.
    package var hasAnswered: Bool { state.exchange.hasAnswered }
    /// Of the last ``send(_:)`` nothing can have left: the provider knows nothing of it.
    package var hasSentNothing: Bool { state.exchange.hasSentNothing }
    /// It ended, or was cut.
    package var isGone: Bool { state.isOver }

    /// Sends a request; one write.
    package func send(_ bytes: ByteBuffer) {
        let hasLeft = socket.send(bytes)
        apply(.sent(nothing: !hasLeft))
    }

    /// The next bytes of the answer; `nil` when the provider ended the connection in order.
    ///
    /// - Throws: `timeout` when the moment came, `cancelled`, `reset` or `tls`.
    package func read(until moment: UInt64 = .max) async throws(ConnectionFault) -> ByteBuffer? {
        while true {
            if state.isCancelled { throw .cancelled }
            if let bytes = inbox.take() { return bytes }
            if let fault = state.fault { throw fault }
            if state.isInputOver { return nil }
            apply(.wanted)
            if !inbox.isEmpty { continue }
            guard await reading.wait(until: moment) else { throw .timeout }
        }
    }

    /// Ends the exchange from outside, since the caller has gone.
    ///
    /// The connection closes at once.
    package func cancel() { apply(.cancelled) }

    package func close() { apply(.closed) }

    /// Hands bytes to `pass` as they come, without waking the task that waits here.
    ///
    /// `pass` returns the moment by which the next bytes must come, or `nil` to end this. It ends also when the moment has
    /// come or there is something else to hear of, which ``read(until:)`` then tells.
    package func relay(until moment: UInt64, _ pass: @escaping (ByteBuffer) -> UInt64?) async {
        guard state.isOpen, inbox.isEmpty, !state.isReadHeld else { return }
        self.pass = pass
        _ = await reading.wait(until: moment)
        self.pass = nil
    }

    /// Hands over what came, if that is what the task waits for; `false` where it has to be woken.
    private func relay() -> Bool {
        guard let pass, reading.isWaiting, let bytes = inbox.take() else { return false }
        var next: UInt64?
        // What is woken meanwhile runs afterwards.
        loop.executor.run {
            next = pass(bytes)
            if next == nil { self.pass = nil }
        }
        guard let next else { return false }
        reading.move(to: next)
        apply(.wanted)
        return inbox.isEmpty
    }
}

// MARK: after both sides have switched protocols

extension ProviderConnection {
    /// The provider has answered 101: from now on bytes pass both ways as they are.
    ///
    /// - Parameter unread: what came behind the head of its answer.
    /// - Returns: `nil` where the connection has ended meanwhile.
    package func upgrade(unread: ByteBuffer?) -> UpgradedProvider? {
        apply(.upgraded)
        guard case .upgraded = state.use else { return nil }
        if let unread, unread.readableBytes > 0 { inbox.putBack(unread) }
        return UpgradedProvider(self)
    }

    /// Sends bytes and waits until the provider takes more; `false` when it is gone, or took none until the moment.
    func write(_ bytes: ByteBuffer, until moment: UInt64) async -> Bool {
        guard state.isOpen, socket.send(bytes) else { return false }
        while !state.isWritable, state.isOpen {
            guard await writing.wait(until: moment) else { return false }
        }
        return state.isOpen
    }
}

// MARK: for the pool

extension ProviderConnection {
    /// Waits until bytes may be sent: until a proxy has opened the way, and for TLS until the handshake is done.
    func ready(until moment: UInt64) async throws(ConnectionFault) {
        while case .opening(let step) = state.use {
            if state.isCancelled { throw .cancelled }
            if let fault = state.fault { throw fault }
            if state.isInputOver { throw step == .handshake ? .tls : .unreachable }
            guard await reading.wait(until: moment) else { throw step == .handshake ? .tls : .connectTimeout }
        }
    }

    var isOpen: Bool { state.isOpen }

    func lease() -> Bool {
        idleDeadline?.clear()
        // A provider that closed it a moment ago must not get a request: nobody could tell whether it had begun with it.
        return state.event(.leased(isQuiet: inbox.isEmpty && socket.isQuiet)) == .lend
    }

    func rest(until moment: UInt64) -> Bool {
        guard case .rest(let reads) = state.event(.rested(isEmpty: inbox.isEmpty)) else { return false }
        let deadline = idleDeadline ?? Deadline(on: loop.deadlines) { [weak self] in self?.apply(.idled) }
        idleDeadline = deadline
        deadline.move(to: moment)
        if reads { socket.read() }
        return true
    }
}

// MARK: what the states ask for

extension ProviderConnection {
    func apply(_ event: StateMachine.Event) { perform(state.event(event)) }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none, .keep, .lend, .rest: break
        case .read: socket.read()
        case .wakeReader: reading.wake()
        case .wakeWriter: writing.wake()
        case .switchProtocols: socket.allowHalfClosure()
        case .endOutput: socket.endOutput()
        case .closeNow: socket.close()
        case .closeAfterWrites: socket.closeAfterWrites()
        case .abandon:
            socket.close()
            reading.wake()
            writing.wake()
        case .retire:
            idleDeadline?.retire()
            reading.retire()
            writing.retire()
        }
    }
}

// MARK: called by the channel, on the loop

extension ProviderConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package func handlerAdded(context: ChannelHandlerContext) { socket.attach(context) }

    package func channelActive(context: ChannelHandlerContext) {
        socket.open()
        apply(.opened)
        context.read()
        context.fireChannelActive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let action = state.event(.received)
        guard action == .keep else { return perform(action) }
        loop.look()
        inbox.put(unwrapInboundIn(data))
    }

    /// Asks for more, unless the task has too much yet to take.
    package func channelReadComplete(context: ChannelHandlerContext) {
        if state.event(.readComplete(waiting: inbox.byteCount)) == .read { context.read() }
        if !inbox.isEmpty, !relay() { reading.wake() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        apply(.writable(context.channel.isWritable))
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { apply(.handshaken) }
        if case .inputClosed? = event as? ChannelEvent { apply(.inputEnded) }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        socket.detach()
        apply(.inactive)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        apply(.failed(ConnectionFault(error, hasHandshaken: !state.awaitsHandshake)))
    }
}

extension ConnectionFault {
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
