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
    package private(set) var isGone = false
    /// How the current request frames its body.
    package private(set) var framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
    /// Monotonic nanoseconds when the current request's first bytes came.
    package private(set) var startedAt: UInt64 = 0

    var begin: (() -> Void)?
    private let server: ServerLoop
    private let limits: HTTPLimits
    private let point: WaitPoint
    private var context: ChannelHandlerContext?
    private var writer: SocketWriter?
    /// Bytes that came and were not taken yet.
    private var inbox = ByteBuffer()
    private var scan: RequestHeadScan
    private var body = BodyReader.none
    private var isServing = false
    private var isLingering = false
    private var mustClose = false
    private var isReadHeld = false
    private var isWritable = true
    /// When the head that is still arriving began; 0 while none is.
    private var headBegan: UInt64 = 0
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
        point = WaitPoint(on: server.loop)
    }

    /// The server ends what is under way.
    package var isStopping: Bool { server.isStopping }

    /// Whether the connection stays after this answer; if not, the answer should say `connection: close`.
    package var keepsAlive: Bool { framing.keepsAlive && !mustClose && !server.isDraining && !isGone }

    // MARK: reading

    /// The next request's head, once it passed the gate; `nil` when there will be none.
    ///
    /// - Throws: what is wrong with it; answer it, then the connection is over.
    package func nextRequest() async throws(HTTPProblem) -> RequestHead? {
        framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
        while true {
            if mustClose || isGone { return nil }
            if let head = try takeHead() { return head }
            if server.isDraining, headBegan == 0 {
                close()
                return nil
            }
            guard await waitForBytes(until: headLimit) else {
                guard headBegan != 0 else {
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
        if headBegan == 0 { headBegan = loop.now }
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
        isServing = true
        startedAt = headBegan
        headBegan = 0
        blankLines = 0
        server.inFlight.wrappingAdd(1, ordering: .relaxed)
        self.framing = framing
        body = BodyReader(framing.body)
        resumeReads()
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
            if inbox.readableBytes == 0 { headBegan = 0 }
        }
        return inbox.readableBytes == 0
    }

    /// What is here of the current request's body.
    private func takeBody() throws(HTTPProblem) -> ByteBuffer {
        do throws(HTTPProblem) {
            let bytes = try body.take(&inbox)
            resumeReads()
            return bytes
        } catch {
            throw fail(error)
        }
    }

    /// After a problem this connection takes no further request.
    private func fail(_ problem: HTTPProblem) -> HTTPProblem {
        mustClose = true
        inbox = ByteBuffer()
        body = .lost
        if !isServing {
            isServing = true
            startedAt = headBegan != 0 ? headBegan : loop.now
            server.inFlight.wrappingAdd(1, ordering: .relaxed)
        }
        return problem
    }

    /// `false` when the moment came first.
    private func waitForBytes(until moment: UInt64) async -> Bool {
        if hasNews {
            hasNews = false
            return true
        }
        let isWoken = await point.wait(until: moment)
        hasNews = false
        return isWoken
    }

    private func resumeReads() {
        guard isReadHeld, inbox.readableBytes < limits.inboxBytes else { return }
        isReadHeld = false
        context?.read()
    }

    private var headLimit: UInt64 {
        if headBegan != 0 { return headBegan.advanced(byNanosecondsOf: limits.headerTime) }
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
        return isWritable && !isGone
    }

    /// Waits until the caller's side can take more; `false` as of ``write(_:until:)``.
    package func writable(until moment: UInt64) async -> Bool {
        while !isWritable, !isGone {
            guard await point.wait(until: moment) else { return false }
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
        endServing()
        guard !isGone else { return }
        guard staysOpen, body.isRead else {
            mustClose = true
            return body.isRead ? closeAfterWrites() : linger()
        }
    }

    /// Closes at once without a clean end of the answer, after what was written has left.
    package func breakOff() {
        forgetWatcher()
        mustClose = true
        endServing()
        closeAfterWrites()
    }

    /// Closes at once.
    package func close() {
        mustClose = true
        context?.close(promise: nil)
    }

    /// The task is done with the connection, whatever it left open.
    func leave() {
        forgetWatcher()
        endServing()
        if !mustClose { close() }
    }

    /// Nobody wants to hear of the caller or the server any more.
    package func forgetWatcher() {
        onGone = nil
        onStop = nil
    }

    private func endServing() {
        guard isServing else { return }
        isServing = false
        server.inFlight.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Reads what is left of the body, if that is little.
    private func readAway() async {
        guard !framing.expectsContinue, !mustClose else { return }
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

    private func closeAfterWrites() {
        guard let context else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: done)
    }

    /// Ends our side and reads away for a while, so that a caller that is still sending gets to see the answer.
    private func linger() {
        guard let context, !isLingering else { return }
        isLingering = true
        inbox = ByteBuffer()
        let done = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: done)
        let limit = TimeAmount.nanoseconds(Int64(clamping: limits.lingerTime.nanoseconds))
        context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// The server ends what is under way: idle connections close, the others have a moment to say so.
    func hurry() {
        guard isServing else { return close() }
        let stop = onStop
        onStop = nil
        loop.executor.run {
            stop?()
            point.wake()
        }
    }

    /// A drain has begun: go now if idle.
    func leaveWhenIdle() {
        if isServing { return }
        if headBegan == 0, inbox.readableBytes == 0 { close() } else { point.wake() }
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
        if isLingering || (mustClose && !isServing) { return }
        let bytes = unwrapInboundIn(data)
        let now = loop.look()
        if !isServing, headBegan == 0 { headBegan = now }
        if inbox.readableBytes == 0 { inbox = bytes } else { inbox.writeImmutableBuffer(bytes) }
        hasNews = true
    }

    /// Asks for more, unless the task has too much yet to take.
    package func channelReadComplete(context: ChannelHandlerContext) {
        if inbox.readableBytes >= limits.inboxBytes, !isLingering {
            isReadHeld = true
        } else {
            context.read()
        }
        if hasNews, point.isWaiting { point.wake() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { point.wake() }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        self.context = nil
        writer = nil
        server.remove(self)
        let gone = onGone
        forgetWatcher()
        loop.executor.run {
            gone?()
            point.retire()
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
