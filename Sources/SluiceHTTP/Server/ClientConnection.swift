// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes
import Synchronization

/// One caller's connection, as the one task that serves it sees it; everything happens on its event loop.
///
/// Per request: ``nextRequest()``, ``readBody(limit:)``, any number of ``write(_:until:)``, ``finish(keepsAlive:)``.
package final class ClientConnection {
    package let loop: HTTPLoop
    /// The caller's IP address.
    package let peer: String
    /// Called once when the caller leaves (or the connection is cut) while a request is being served.
    package var onGone: (() -> Void)?
    /// Called once when the server ends what is under way while a request is being served: the answer must be over at once.
    package var onStop: (() -> Void)?
    /// The caller has left, or the connection was cut.
    package var isGone: Bool { state.isGone }
    /// How the current request frames its body.
    package private(set) var framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
    /// Monotonic nanoseconds when the current request's first bytes came.
    package private(set) var startedAt: UInt64 = 0

    var begin: (() -> Void)?
    private let server: ServerLoop
    private let limits: HTTPLimits
    /// Where the task waits for bytes, and where for room to write.
    private let reading: WaitPoint
    private let writing: WaitPoint
    private var state: StateMachine
    private var context: ChannelHandlerContext?
    private var writer: SocketWriter?
    /// Bytes that came and were not taken yet.
    private var inbox = ByteBuffer()
    private var scan: RequestHeadScan
    private var body = BodyReader.none
    /// Empty lines that were dropped before the head that is awaited.
    private var blankLines = 0
    /// Nobody has taken a look at the bytes that came last.
    private var hasNews = false

    private static let mostBlankLines = 4

    init(on server: ServerLoop, peer: String) {
        self.server = server
        self.peer = peer
        loop = server.loop
        limits = server.configuration.limits
        scan = RequestHeadScan(server.configuration.limits)
        state = StateMachine(holding: server.configuration.limits.inboxBytes)
        reading = WaitPoint(on: server.loop)
        writing = WaitPoint(on: server.loop)
    }

    /// The server ends what is under way.
    package var isStopping: Bool { server.isStopping }

    /// Whether the connection stays after this answer; if not, the answer should say `connection: close`.
    package var keepsAlive: Bool { framing.keepsAlive && state.takesRequests && !server.isDraining }

    // MARK: reading

    /// The next request's head, once it passed the gate; `nil` when there will be none.
    ///
    /// - Throws: what is wrong with it; answer it, then the connection is over.
    package func nextRequest() async throws(HTTPProblem) -> RequestHead? {
        framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
        while true {
            if !state.takesRequests { return nil }
            if let head = try takeHead() { return head }
            if server.isDraining, state.headBegan == nil {
                close()
                return nil
            }
            guard await waitForBytes(until: headLimit) else {
                guard state.headBegan != nil else {
                    close()
                    return nil
                }
                throw fail(HTTPProblem(.requestTimeout, "the request's head took too long to arrive"))
            }
        }
    }

    /// The whole body of the current request.
    ///
    /// - Parameter reserve: asked for memory before it is needed: for the announced length, or for what chunks have grown
    ///   to; `false` where there is none.
    /// - Throws: too large (before reading it, where the length is announced), too slow, malformed, no memory, or gone.
    package func readBody(
        limit: Int? = nil,
        reserve: (_ bytes: Int) -> Bool = { _ in true }
    ) async throws(HTTPProblem) -> ByteBuffer {
        if body.isRead { return ByteBuffer() }
        let limit = min(limit ?? limits.bodyBytes, limits.bodyBytes)
        if case .length(let length) = framing.body {
            guard length <= limit else { throw fail(ClientConnection.tooLarge(limit)) }
            guard reserve(length) else { throw fail(ClientConnection.noRoom(length)) }
        }
        var whole = try takeBody()
        var room = try makeRoom(0, for: whole, reserve)
        if body.isRead, whole.readableBytes <= limit { return whole }
        if framing.expectsContinue, whole.readableBytes == 0 { answerContinue() }
        whole = reserved(whole)
        let began = loop.now
        while true {
            guard whole.readableBytes <= limit else { throw fail(ClientConnection.tooLarge(limit)) }
            if body.isRead { return whole }
            if isGone { throw HTTPProblem(.gone, "the caller has left") }
            if isStopping { throw fail(HTTPProblem(.stopping, "The relay is stopping; send the request again.")) }
            let (paced, _) = UInt64(whole.readableBytes).multipliedReportingOverflow(by: 1_000_000_000)
            let allowance = began.advanced(byNanosecondsOf: limits.bodyGrace)
                .addingReportingOverflow(paced / max(limits.bodyBytesPerSecond, 1))
            guard await waitForBytes(until: allowance.partialValue) else {
                throw fail(HTTPProblem(.requestTimeout, "the request's body arrives too slowly"))
            }
            try whole.writeImmutableBuffer(takeBody())
            room = try makeRoom(room, for: whole, reserve)
        }
    }

    /// Asks for memory for a body of unknown length: twice as much as has come, where that is more than was asked for.
    private func makeRoom(
        _ room: Int,
        for whole: ByteBuffer,
        _ reserve: (_ bytes: Int) -> Bool
    ) throws(HTTPProblem) -> Int {
        guard case .chunked = framing.body, whole.readableBytes > room else { return room }
        let wanted = body.isRead ? whole.readableBytes : min(2 * whole.readableBytes, limits.bodyBytes)
        guard reserve(wanted) else { throw fail(ClientConnection.noRoom(wanted)) }
        return wanted
    }

    private static func noRoom(_ bytes: Int) -> HTTPProblem {
        HTTPProblem(.noRoom, "The relay has no memory left for a body of \(bytes) bytes; try again in a moment.")
    }

    private static func tooLarge(_ limit: Int) -> HTTPProblem {
        HTTPProblem(.bodyTooLarge, "the body is larger than \(limit) bytes")
    }

    /// A first piece of a body with room for the rest where its length is known.
    private func reserved(_ first: ByteBuffer) -> ByteBuffer {
        guard case .length(let length) = framing.body, length > first.readableBytes else { return first }
        var whole = ByteBuffer()
        whole.reserveCapacity(min(length, 1 << 20))
        whole.writeImmutableBuffer(first)
        return whole
    }

    /// A head out of the inbox, if it is there whole.
    private func takeHead() throws(HTTPProblem) -> RequestHead? {
        if dropBlankLines() { return nil }
        // Bytes that came behind the request before.
        if state.exchange == .none { apply(.looked(loop.now)) }
        do throws(HTTPProblem) {
            guard let end = try scan.end(in: inbox) else { return nil }
            scan = RequestHeadScan(limits)
            let head = try RequestHeadGate.read(inbox.taken(end), limits: limits)
            begin(head.framing)
            return head
        } catch {
            throw fail(error)
        }
    }

    private func begin(_ framing: RequestFraming) {
        apply(.headRead)
        blankLines = 0
        self.framing = framing
        body = BodyReader(framing.body)
        apply(.took(waiting: inbox.readableBytes))
    }

    /// Some callers end a body with a line too many (RFC 9112 §2.2); `true` when that may be all there is.
    private func dropBlankLines() -> Bool {
        while blankLines < ClientConnection.mostBlankLines {
            guard let first = inbox.getInteger(at: inbox.readerIndex, as: UInt8.self) else { return true }
            guard first == .carriageReturn else { return false }
            guard let second = inbox.getInteger(at: inbox.readerIndex + 1, as: UInt8.self) else { return true }
            guard second == .lineFeed else { return false }
            inbox.moveReaderIndex(forwardBy: 2)
            blankLines += 1
            if inbox.readableBytes == 0 { apply(.blank) }
        }
        return inbox.readableBytes == 0
    }

    /// What is here of the current request's body.
    private func takeBody() throws(HTTPProblem) -> ByteBuffer {
        do throws(HTTPProblem) {
            let bytes = try body.take(&inbox)
            apply(.took(waiting: inbox.readableBytes))
            return bytes
        } catch {
            throw fail(error)
        }
    }

    /// After a problem this connection takes no further request.
    private func fail(_ problem: HTTPProblem) -> HTTPProblem {
        inbox = ByteBuffer()
        body = .lost
        apply(.failed(loop.now))
        return problem
    }

    /// `false` when the moment came first.
    private func waitForBytes(until moment: UInt64) async -> Bool {
        if hasNews {
            hasNews = false
            return true
        }
        let isWoken = await reading.wait(until: moment)
        hasNews = false
        return isWoken
    }

    private var headLimit: UInt64 {
        if let headBegan = state.headBegan { return headBegan.advanced(byNanosecondsOf: limits.headerTime) }
        return startedAt == 0 ? loop.moment(after: limits.headerTime) : loop.moment(afterNanoseconds: server.idleTime)
    }

    private func answerContinue() {
        framing.expectsContinue = false
        context?.send(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"), by: writer)
    }

    // MARK: writing

    /// Sends bytes; returns once the caller's side can take more.
    ///
    /// `false`: the caller is gone, or has not read for so long that the moment came.
    package func write(_ bytes: ByteBuffer, until moment: UInt64 = .max) async -> Bool {
        if send(bytes) { return true }
        return await writable(until: moment)
    }

    /// Sends bytes without waiting; `false` when the caller's side takes no more for now, or is gone.
    package func send(_ bytes: ByteBuffer) -> Bool {
        guard let context, !isGone else { return false }
        context.send(bytes, by: writer)
        return state.isWritable && !isGone
    }

    /// Waits until the caller's side can take more; `false` as of ``write(_:until:)``.
    package func writable(until moment: UInt64) async -> Bool {
        while !state.isWritable, !isGone {
            guard await writing.wait(until: moment) else { return false }
        }
        return !isGone
    }

    /// Ends the exchange after its last byte was written: the connection waits for the next request, or closes.
    ///
    /// A connection whose body was not read whole is read empty if little is left, else closed.
    package func finish(keepsAlive: Bool = true) async {
        forgetWatcher()
        let staysOpen = keepsAlive && self.keepsAlive
        if staysOpen, !body.isRead { await readAway() }
        apply(.finished(keepsAlive: staysOpen, isBodyRead: body.isRead))
    }

    /// Closes at once without a clean end of the answer, after what was written has left.
    package func breakOff() {
        forgetWatcher()
        apply(.brokenOff)
    }

    /// Closes at once.
    package func close() { apply(.closed) }

    /// The task is done with the connection, whatever it left open.
    func leave() {
        forgetWatcher()
        apply(.left)
    }

    /// Nobody wants to hear of the caller or the server any more.
    package func forgetWatcher() {
        onGone = nil
        onStop = nil
    }

    /// Reads what is left of the body, if that is little.
    private func readAway() async {
        guard !framing.expectsContinue, state.takesRequests else { return }
        var left = limits.drainBytes
        if case .length(let length) = framing.body, length > left { return }
        let end = loop.moment(after: limits.lingerTime)
        while !isGone {
            guard let bytes = try? takeBody() else { return }
            left -= bytes.readableBytes
            if left < 0 || body.isRead { return }
            guard await waitForBytes(until: end) else { return }
        }
    }

    // MARK: called by the server, on the loop

    /// The server ends what is under way: idle connections close, the others have a moment to say so.
    func hurry() { apply(.hurry) }

    /// A drain has begun: go now if idle.
    func leaveWhenIdle() { apply(.drain(waiting: inbox.readableBytes)) }
}

// MARK: what the states ask for

extension ClientConnection {
    private func apply(_ event: StateMachine.Event) {
        let wasServing = state.isServing
        let action = state.event(event)
        if state.isServing != wasServing { count() }
        perform(action)
    }

    /// A request begins to be served, or no longer is.
    private func count() {
        if case .serving(let moment) = state.exchange {
            startedAt = moment
            server.inFlight.wrappingAdd(1, ordering: .relaxed)
        } else {
            server.inFlight.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none, .keep: break
        case .read: context?.read()
        case .wakeReader: reading.wake()
        case .wakeWriter: writing.wake()
        case .closeNow: context?.close(promise: nil)
        case .closeAfterWrites: afterWrites { $0.close(promise: nil) }
        case .linger(let reads): linger(reads: reads)
        case .tellGone: tellGone()
        case .tellStop: tellStop()
        }
    }

    private func afterWrites(_ act: @escaping @Sendable (any Channel) -> Void) {
        guard let context else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done.futureResult.whenComplete { _ in act(channel) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: done)
    }

    /// Ends our side and reads away for a while, so that a caller that is still sending gets to see the answer.
    private func linger(reads: Bool) {
        guard let context else { return }
        inbox = ByteBuffer()
        let channel = context.channel
        afterWrites { $0.close(mode: .output, promise: nil) }
        let limit = TimeAmount.nanoseconds(Int64(clamping: limits.lingerTime.nanoseconds))
        context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        if reads { context.read() }
    }

    private func tellStop() {
        let stop = onStop
        onStop = nil
        loop.executor.run {
            stop?()
            reading.wake()
        }
    }

    private func tellGone() {
        let gone = onGone
        forgetWatcher()
        loop.executor.run {
            gone?()
            reading.retire()
            writing.retire()
        }
    }
}

// MARK: called by the channel, on the loop

extension ClientConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func channelActive(context: ChannelHandlerContext) {
        server.add(self)
        writer = SocketWriter(context.channel)
        context.read()
        loop.executor.run {
            begin?()
            begin = nil
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state.event(.received(loop.look())) == .keep else { return }
        let bytes = unwrapInboundIn(data)
        if inbox.readableBytes == 0 { inbox = bytes } else { inbox.writeImmutableBuffer(bytes) }
        hasNews = true
    }

    /// Asks for more, unless the task has too much yet to take.
    package func channelReadComplete(context: ChannelHandlerContext) {
        if state.event(.readComplete(waiting: inbox.readableBytes)) == .read { context.read() }
        if hasNews, reading.isWaiting { reading.wake() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        apply(.writable(context.channel.isWritable))
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        writer = nil
        server.remove(self)
        apply(.inactive)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
