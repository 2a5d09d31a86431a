// SPDX-License-Identifier: Apache-2.0
package import NIOCore
package import NIOHTTP1
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
    /// The caller has left, or the connection was cut.
    package private(set) var isGone = false
    /// How the current request frames its body.
    package private(set) var framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
    /// Monotonic nanoseconds when the current request's first bytes came.
    package private(set) var startedAt: UInt64 = 0

    var begin: (() -> Void)?
    private let place: ServerLoop
    private let limits: HTTPLimits
    private let point: WaitPoint
    private var context: ChannelHandlerContext?
    /// Where answers go out, past the handlers that only read.
    var outlet: ChannelHandlerContext?
    private var inbox = Mailbox<HTTPServerRequestPart>()
    private var inboxBytes = 0
    private var problem: HTTPProblem?
    private var isBodyRead = true
    private var isServing = false
    private var isLingering = false
    private var mustClose = false
    private var isReadHeld = false
    private var isWritable = true
    /// When the head that is still arriving began; 0 while none is.
    private var headBegan: UInt64 = 0
    private var isInsideMessage = false
    private var headArrivedAt: UInt64 = 0
    private var endedAt: UInt64 = 0

    init(at place: ServerLoop, peer: String) {
        self.place = place
        self.peer = peer
        loop = place.loop
        limits = place.configuration.limits
        point = WaitPoint(on: place.loop)
    }

    /// Whether the connection stays after this answer; if not, the answer should say `connection: close`.
    package var keepsAlive: Bool { framing.keepsAlive && !mustClose && !place.isDraining && !isGone }

    // MARK: reading

    /// The next request's head, once it passed the gate; `nil` when there will be none.
    ///
    /// - Throws: what is wrong with it; answer it, then the connection is over.
    package func nextRequest() async throws(HTTPProblem) -> HTTPRequestHead? {
        framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
        while true {
            if mustClose || isGone { return nil }
            switch takePart() {
            case .head(let head): return try begin(head)
            case .body, .end: continue
            case nil: break
            }
            if let problem { throw fail(problem) }
            if place.isDraining, headBegan == 0 {
                close()
                return nil
            }
            guard await point.wait(until: headLimit) else {
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
    /// - Throws: too large (before reading it, where the length is announced), too slow, malformed, or gone.
    package func readBody(limit: Int? = nil) async throws(HTTPProblem) -> ByteBuffer {
        let limit = min(limit ?? limits.bodyBytes, limits.bodyBytes)
        var body = ByteBuffer()
        guard !isBodyRead else { return body }
        if case .length(let length) = framing.body {
            guard length <= limit else { throw fail(ClientConnection.tooLarge(limit)) }
        }
        if framing.expectsContinue, inbox.isEmpty { answerContinue() }
        let began = loop.now
        var received: UInt64 = 0
        while true {
            switch takePart() {
            case .body(var bytes):
                received += UInt64(bytes.readableBytes)
                guard received <= UInt64(limit) else { throw fail(ClientConnection.tooLarge(limit)) }
                if body.readableBytes == 0 { body = reserved(bytes) } else { body.writeBuffer(&bytes) }
                continue
            case .end:
                isBodyRead = true
                return body
            case .head: throw fail(HTTPProblem(.malformed, "a request began inside another"))
            case nil: break
            }
            if let problem { throw fail(problem) }
            if isGone { throw HTTPProblem(.gone, "the caller has left") }
            let (paced, _) = received.multipliedReportingOverflow(by: 1_000_000_000)
            let allowance = began.advanced(byNanosecondsOf: limits.bodyGrace)
                .addingReportingOverflow(paced / max(limits.bodyBytesPerSecond, 1))
            guard await point.wait(until: allowance.partialValue) else {
                throw fail(HTTPProblem(.requestTimeout, "the request's body arrives too slowly"))
            }
        }
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

    private func begin(_ head: HTTPRequestHead) throws(HTTPProblem) -> HTTPRequestHead {
        isServing = true
        startedAt = max(headArrivedAt, endedAt)
        place.inFlight.wrappingAdd(1, ordering: .relaxed)
        do throws(HTTPProblem) {
            framing = try RequestHeadGate.check(head, uriLimit: limits.uriBytes)
        } catch {
            throw fail(error)
        }
        isBodyRead = false
        if framing.body == .none, case .end? = inbox.peek() {
            _ = inbox.take()
            isBodyRead = true
        }
        return head
    }

    /// After a problem this connection takes no further request.
    private func fail(_ problem: HTTPProblem) -> HTTPProblem {
        mustClose = true
        if !isServing {
            isServing = true
            startedAt = headBegan != 0 ? headBegan : loop.now
            place.inFlight.wrappingAdd(1, ordering: .relaxed)
        }
        return problem
    }

    private func takePart() -> HTTPServerRequestPart? {
        guard let part = inbox.take() else { return nil }
        if case .body(let bytes) = part { inboxBytes -= bytes.readableBytes }
        if isReadHeld, inboxBytes < limits.inboxBytes, inbox.count < 64 {
            isReadHeld = false
            context?.read()
        }
        return part
    }

    private var headLimit: UInt64 {
        if headBegan != 0 { return headBegan.advanced(byNanosecondsOf: limits.headerTime) }
        let first = startedAt == 0 ? limits.headerTime : limits.idleTime
        return loop.moment(after: first)
    }

    private func answerContinue() {
        framing.expectsContinue = false
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    // MARK: writing

    /// Sends bytes; returns once the caller's side can take more.
    ///
    /// `false`: the caller is gone, or has not read for so long that the moment came.
    package func write(_ bytes: ByteBuffer, until moment: UInt64 = .max) async -> Bool {
        guard let outlet, !isGone else { return false }
        outlet.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        while !isWritable, !isGone {
            guard await point.wait(until: moment) else { return false }
        }
        return !isGone
    }

    /// Ends the exchange after its last byte was written: the connection waits for the next request, or closes.
    ///
    /// A connection whose body was not read whole is read empty if little is left, else closed.
    package func finish(keepsAlive: Bool = true) async {
        onGone = nil
        let staysOpen = keepsAlive && self.keepsAlive
        if staysOpen, !isBodyRead, await readAway() { isBodyRead = true }
        endServing()
        guard !isGone else { return }
        guard staysOpen, isBodyRead else {
            mustClose = true
            return isBodyRead ? closeAfterWrites() : linger()
        }
    }

    /// Closes at once without a clean end of the answer, after what was written has left.
    package func breakOff() {
        onGone = nil
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
        onGone = nil
        endServing()
        if !mustClose { close() }
    }

    private func endServing() {
        guard isServing else { return }
        isServing = false
        endedAt = loop.now
        place.inFlight.wrappingSubtract(1, ordering: .relaxed)
    }

    private func readAway() async -> Bool {
        guard !framing.expectsContinue else { return false }
        var left = limits.drainBytes
        if case .length(let length) = framing.body, length > left { return false }
        let end = loop.moment(after: limits.lingerTime)
        while !isGone, problem == nil {
            switch takePart() {
            case .body(let bytes):
                left -= bytes.readableBytes
                if left < 0 { return false }
            case .end: return true
            case .head: return false
            case nil:
                guard await point.wait(until: end) else { return false }
            }
        }
        return false
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
        let done = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: done)
        let limit = TimeAmount.nanoseconds(Int64(clamping: UInt64(0).advanced(byNanosecondsOf: limits.lingerTime)))
        context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// A drain has begun: go now if idle.
    func leaveWhenIdle() {
        if isServing { return }
        if headBegan == 0, inbox.isEmpty { close() } else { point.wake() }
    }
}

// MARK: called by the channel, on the loop

extension ClientConnection: ChannelInboundHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundOut = ByteBuffer

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func channelActive(context: ChannelHandlerContext) {
        place.add(self)
        loop.executor.run {
            begin?()
            begin = nil
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head:
            headArrivedAt = headBegan != 0 ? headBegan : loop.now
            headBegan = 0
            isInsideMessage = true
        case .body(let bytes): inboxBytes += bytes.readableBytes
        case .end: isInsideMessage = false
        }
        if !isLingering { inbox.put(part) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if !inbox.isEmpty || problem != nil { point.wake() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { point.wake() }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        self.context = nil
        place.remove(self)
        let gone = onGone
        onGone = nil
        loop.executor.run {
            gone?()
            point.retire()
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, !isLingering {
            problem = HTTPProblem(error)
            point.wake()
        } else {
            context.close(promise: nil)
        }
    }

    /// Bytes came in; `false` throws them away.
    func takesBytes(_ count: Int) -> Bool {
        if isLingering || problem != nil { return false }
        if !isInsideMessage, headBegan == 0 {
            headBegan = loop.now
            point.move(to: headBegan.advanced(byNanosecondsOf: limits.headerTime))
        }
        return true
    }

    /// Whether the next read must wait until the task has taken what is there.
    func holdsReads() -> Bool {
        guard inboxBytes >= limits.inboxBytes || inbox.count >= 64, !isLingering else { return false }
        isReadHeld = true
        return true
    }
}

extension HTTPProblem {
    fileprivate init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self.init(.headersTooLarge, "the header block, a field or their number is too large")
        case .invalidVersion: self.init(.versionNotSupported, "the HTTP version cannot be read")
        case .invalidMethod: self.init(.malformed, "the method cannot be read")
        case .invalidContentLength, .unexpectedContentLength: self.init(.malformed, "Content-Length is wrong")
        case .invalidChunkSize: self.init(.malformed, "a chunk's size is wrong")
        case .invalidHeaderToken: self.init(.malformed, "a header cannot be read")
        case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString, .invalidFragment:
            self.init(.malformed, "the request target cannot be read")
        default: self.init(.malformed, "the request is not HTTP/1.1")
        }
    }
}
