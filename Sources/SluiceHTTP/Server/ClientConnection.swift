// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import Synchronization

/// One caller's connection, as the one task that serves it sees it; everything happens on its event loop.
///
/// Per request: ``nextRequest()``, ``body``, any number of ``write(_:until:)`` or ``send(_:)``, and ``finish(keepsAlive:)``
/// or ``breakOff()``; or ``upgrade(_:)`` in place of an answer, and from then on bytes as they come.
package final class ClientConnection {
    package let loop: HTTPLoop
    /// The caller's IP address.
    package let peer: String
    /// Who wants to hear of the caller or the server while a request is served.
    package var watch = CallerWatch()
    /// The caller has left, or the connection was cut.
    package var isGone: Bool { state.isGone }
    /// How the current request frames its body.
    package private(set) var framing = RequestFraming(body: .none, expectsContinue: false, keepsAlive: true)
    /// Monotonic nanoseconds when the current request's first bytes came.
    package private(set) var startedAt: UInt64 = 0

    var begin: (() -> Void)?
    private let server: ServerLoop
    let limits: HTTPLimits
    /// Where the task waits for bytes, and where for room to write.
    private let reading: WaitPoint
    private let writing: WaitPoint
    private(set) var state: StateMachine
    private(set) var socket = LoopSocket()
    /// Bytes that came and were not taken yet.
    private(set) var inbox: RequestInbox
    /// Nobody has taken a look at the bytes that came last.
    private var hasNews = false

    init(on server: ServerLoop, peer: String) {
        self.server = server
        self.peer = peer
        loop = server.loop
        limits = server.configuration.limits
        inbox = RequestInbox(server.configuration.limits)
        state = StateMachine(holding: server.configuration.limits.inboxBytes)
        reading = WaitPoint(on: server.loop)
        writing = WaitPoint(on: server.loop)
    }

    /// The server ends what is under way.
    package var isStopping: Bool { server.isStopping }

    /// Whether the connection stays after this answer; if not, the answer should say `connection: close`.
    package var keepsAlive: Bool { framing.keepsAlive && state.takesRequests && !server.isDraining }

    // MARK: reading

    /// The body of the current request.
    package var body: RequestBody { RequestBody(of: self) }

    /// The next request's head, once it was found to keep the rules; `nil` when there will be none.
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

    /// A head out of the inbox, if it is there whole.
    private func takeHead() throws(HTTPProblem) -> RequestHead? {
        if inbox.dropBlankLines() {
            if inbox.count == 0, state.headBegan != nil { apply(.blank) }
            return nil
        }
        // Bytes that came behind the request before.
        if state.exchange == .none { apply(.looked(loop.now)) }
        do throws(HTTPProblem) {
            guard let head = try inbox.takeHead() else { return nil }
            apply(.headRead)
            framing = head.framing
            apply(.took(waiting: inbox.count))
            return head
        } catch {
            throw fail(error)
        }
    }

    /// What is here of the current request's body.
    func takeBody() throws(HTTPProblem) -> ByteBuffer {
        let bytes = try inbox.takeBody()
        apply(.took(waiting: inbox.count))
        return bytes
    }

    /// After a problem this connection takes no further request.
    func fail(_ problem: HTTPProblem) -> HTTPProblem {
        inbox.lose()
        apply(.failed(loop.now))
        return problem
    }

    /// `false` when the moment came first.
    func waitForBytes(until moment: UInt64) async -> Bool {
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

    /// The caller waits for this before it sends the body.
    func answerContinue() {
        framing.expectsContinue = false
        socket.send(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
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
        guard !isGone else { return false }
        socket.send(bytes)
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
    /// What is left of the request's body is read if it is little; else the connection closes.
    package func finish(keepsAlive: Bool = true) async {
        watch = CallerWatch()
        let staysOpen = keepsAlive && self.keepsAlive
        if staysOpen, !inbox.isBodyRead { await body.readAway() }
        apply(.finished(keepsAlive: staysOpen, isBodyRead: inbox.isBodyRead))
    }

    /// Closes without a clean end of the answer, once what was written has left.
    package func breakOff() {
        watch = CallerWatch()
        apply(.brokenOff)
    }

    /// Closes at once.
    package func close() { apply(.closed) }

    /// The task is done with the connection, whatever it left open.
    func leave() {
        watch = CallerWatch()
        apply(.left)
    }

    // MARK: after both sides have switched protocols

    /// Answers 101 with this head: from now on bytes pass both ways as they are, what came behind the request first.
    ///
    /// `nil` where no request is served whose body was read, or the connection is about to close.
    package func upgrade(_ head: ByteBuffer) -> UpgradedClient? {
        apply(.upgraded(isBodyRead: inbox.isBodyRead))
        guard case .upgraded = state.exchange else { return nil }
        socket.send(head)
        return UpgradedClient(self)
    }

    /// Whatever came next; `nil` where nothing more will, or the moment came first.
    func nextBytes(until moment: UInt64) async -> ByteBuffer? {
        while inbox.count == 0, !state.isInputOver {
            guard await waitForBytes(until: moment) else { return nil }
        }
        guard inbox.count > 0 else { return nil }
        let bytes = inbox.takeAll()
        apply(.took(waiting: 0))
        return bytes
    }

    // MARK: called by the server, on the loop

    /// A drain has begun: go now if idle.
    func leaveWhenIdle() { apply(.drain(waiting: inbox.count)) }
}

// MARK: what the states ask for

extension ClientConnection {
    func apply(_ event: StateMachine.Event) {
        let wasServing = state.isServing
        let action = state.event(event)
        if state.isServing != wasServing { count() }
        perform(action)
    }

    /// A request begins to be served, or no longer is.
    private func count() {
        if case .serving(let moment) = state.exchange { startedAt = moment }
        server.inFlight.wrappingAdd(state.isServing ? 1 : -1, ordering: .relaxed)
    }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none, .keep: break
        case .read: socket.read()
        case .wakeReader: reading.wake()
        case .wakeWriter: writing.wake()
        case .switchProtocols: socket.allowHalfClosure()
        case .endOutput: socket.endOutput()
        case .closeNow: socket.close()
        case .closeAfterWrites: socket.closeAfterWrites()
        case .linger(let reads):
            inbox.clear()
            socket.linger(for: limits.lingerTime.nanoseconds)
            if reads { socket.read() }
        case .tellGone: tellGone()
        case .tellStop: tellStop()
        }
    }

    private func tellStop() {
        let stop = watch.takeStop()
        loop.executor.run {
            stop?()
            reading.wake()
        }
    }

    private func tellGone() {
        let gone = watch.takeGone()
        loop.executor.run {
            gone?()
            reading.retire()
            writing.retire()
        }
    }
}

// MARK: called by its channel, on the loop

extension ClientConnection {
    func attach(_ context: ChannelHandlerContext) { socket.attach(context) }

    func opened() {
        server.add(self)
        socket.open()
        socket.read()
        loop.executor.run {
            begin?()
            begin = nil
        }
    }

    func received(_ bytes: ByteBuffer) {
        guard state.event(.received(loop.look())) == .keep else { return }
        inbox.put(bytes)
        hasNews = true
    }

    /// Asks for more, unless the task has too much yet to take.
    func readComplete() {
        if state.event(.readComplete(waiting: inbox.count)) == .read { socket.read() }
        if hasNews, reading.isWaiting { reading.wake() }
    }

    func ended() {
        socket.detach()
        server.remove(self)
        apply(.inactive)
    }
}
