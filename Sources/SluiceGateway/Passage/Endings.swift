// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Answers with a refusal, or says nothing to a caller who has left.
    func refuse(_ refusal: Refusal) async {
        closeConnection()
        if isCallerGone || client.isGone { return await giveUp(usage: nil, status: 0) }
        if let committed { return await refuseInBand(refusal, committed) }
        let status = refusal.kind.row.status
        record(.refused, status: status, errorClass: outcome.attempts.last?.errorClass ?? .refused)
        _ = await client.write(refusalAnswer(refusal), until: callerLimit)
        await client.finish()
    }

    private func refusalAnswer(_ refusal: Refusal) -> ByteBuffer {
        let body = ErrorBody.json(refusal, requestID: outcome.request.description)
        var out = HeadBytes(reserving: 1_024 + body.count)
        HTTPAnswer.begin(refusal.kind.row.status, in: &out)
        out.write("content-type: application/json\r\n")
        if let retryAfter = refusal.retryAfter {
            out.field("retry-after", max(1, Int(clamping: retryAfter.components.seconds)))
        }
        if refusal.kind == .overloaded, !isExhausted { out.write("x-should-retry: true\r\n") }
        // No second try of the caller mends it.
        if refusal.kind == .upstreamCredential, !isExhausted { out.write("x-should-retry: false\r\n") }
        if refusal.kind == .methodNotAllowed, case .wrongMethod(let allowed) = endpoint { out.field("allow", allowed) }
        if refusal.kind == .upgradeRequired { out.write("upgrade: HTTP/1.1\r\nconnection: upgrade\r\n") }
        writeOurFields(in: &out)
        end(&out, .length(body.count))
        if method != .HEAD { out.write(body) }
        return out.buffer()
    }

    /// Ends an answer that broke off after its first byte: an error event where it is a stream, and no clean end.
    func breakOff(
        _ fault: UpstreamFailure,
        errorClass: ErrorClass? = nil,
        usage: Usage?,
        status: Int,
        after passed: ByteBuffer = ByteBuffer(),
        _ framing: AnswerFraming? = nil,
        saysSo: Bool = true
    ) async {
        if isCallerGone || client.isGone { return await giveUp(usage: usage, status: status) }
        closeConnection()
        let errorClass = errorClass ?? fault.errorClass
        settleAttempt(errorClass, usage: usage)
        record(.cut, status: status, errorClass: errorClass)
        var out = passed
        if let framing, let target, saysSo {
            let refusal = fault.refusal(provider: target.provider)
            let event = ByteBuffer(bytes: ErrorBody.event(refusal, requestID: outcome.request.description))
            if case .chunked = framing { HTTPAnswer.chunk(event, in: &out) } else { out.writeImmutableBuffer(event) }
        }
        if out.readableBytes > 0 { _ = await client.write(out, until: callerLimit) }
        client.breakOff()
    }

    /// The caller has left, or the relay stops: stop the provider, bill what was seen.
    func giveUp(usage: Usage?, status: Int) async {
        closeConnection()
        if let last = outcome.attempts.last, last.duration == 0 {
            settleAttempt(isStopped ? .relayStopped : .callerGone, usage: usage)
        }
        if isStopped { return await tellStop(status: status) }
        record(.callerGone, status: status, errorClass: .callerGone)
        client.close()
        await client.finish(keepsAlive: false)
    }

    /// Tells the caller that the relay stops: with an error where nothing has left yet, or in the stream; else there is no
    /// clean end.
    private func tellStop(status: Int) async {
        if let committed { return await refuseInBand(.relayStopped, committed, errorClass: .relayStopped) }
        guard status == 0 else {
            record(.cut, status: status, errorClass: .relayStopped)
            return client.breakOff()
        }
        record(.refused, status: Refusal.relayStopped.kind.row.status, errorClass: .relayStopped)
        _ = await client.write(refusalAnswer(.relayStopped), until: callerLimit)
        await client.finish(keepsAlive: false)
    }

    // MARK: steps

    /// The moment by which the caller must have read on.
    var callerLimit: UInt64 { home.callerLimit }

    /// Writes to the caller; `false` when there is no caller any more, or one that does not read.
    func write(_ bytes: ByteBuffer) async -> Bool {
        client.send(bytes) ? !isCallerGone : await callerTakes()
    }

    /// Waits until the caller takes more; `false` as of ``write(_:)``, and where the time for the whole request is over:
    /// a provider is not held for a caller who reads slowly.
    func callerTakes() async -> Bool {
        let before = now
        let isThere = await client.writable(until: min(callerLimit, deadline))
        waitedForCaller += now - before
        return isThere && !isCallerGone
    }

    /// The next bytes of the provider's answer, within the limits of a stall and of the whole request.
    ///
    /// - Parameter mayPing: the caller is between two events of a stream.
    func readMore(mayPing: Bool = false) async throws(UpstreamFailure) -> ByteBuffer? {
        let limit = beginWait(mayPing: mayPing, stall: target?.limits.stall ?? 0)
        defer { endWait() }
        return try await read(connection, until: limit)
    }

    /// Changes the attempt under way.
    func changeAttempt(_ change: (inout Attempt) -> Void) {
        guard let last = outcome.attempts.indices.last else { return }
        change(&outcome.attempts[last])
    }

    /// Closes the books of the attempt under way.
    func settleAttempt(_ errorClass: ErrorClass?, usage: Usage? = nil, isQuotaExhausted: Bool = false) {
        let prices = target?.prices
        let at = outcome.startedAt
        let end = elapsed
        changeAttempt { attempt in
            attempt.duration = max(1, end - attempt.startedAfter)
            attempt.errorClass = errorClass
            attempt.usage = usage
            attempt.cost = prices?.cost(of: usage, at: at) ?? .unknown
        }
        judgeAttempt()
        noteHealth(errorClass, isQuotaExhausted: isQuotaExhausted)
    }

    /// Closes the books of the attempt under way, which failed.
    func settleAttempt(_ failed: FailedAttempt) {
        let failure = failed.reason
        settleAttempt(failure.errorClass, usage: failed.usage, isQuotaExhausted: failure.isQuotaExhausted)
    }

    /// Gives the connection back to its pool after an answer that was read to its end.
    func giveBackConnection(reusable: Bool) {
        guard let connection else { return }
        self.connection = nil
        guard reusable, let place = target?.pool, let pool = home.pool(place, of: snapshot) else {
            return connection.close()
        }
        pool.giveBack(connection)
    }

    func closeConnection() {
        connection?.close()
        connection = nil
    }
}

/// Answers a problem of HTTP that left no request to speak of, and ends the connection.
func refuse(_ problem: HTTPProblem, to client: ClientConnection, on home: GatewayLoop) async {
    let now = home.wallClock()
    let refusal = Refusal(problem)
    var outcome = Outcome(
        request: home.nextID(at: now),
        startedAt: now,
        endpoint: .other,
        epoch: home.snapshot?.epoch ?? 0
    )
    let isGone = problem.kind == .gone
    outcome.status = isGone ? 0 : refusal.kind.row.status
    outcome.ending = isGone ? .callerGone : .refused
    outcome.errorClass = isGone ? .callerGone : .refused
    outcome.duration = Int64(clamping: home.loop.now &- client.startedAt)
    home.sink.settled(outcome, loop: home.loop.index)
    if !isGone {
        let body = ErrorBody.json(refusal, requestID: outcome.request.description)
        var headers = [
            ("date", home.dateText), ("content-type", "application/json"),
            ("x-request-id", outcome.request.description),
        ]
        if problem.kind == .methodNotAllowed { headers.append(("allow", "GET, HEAD, POST, OPTIONS")) }
        let bytes = ByteBuffer(bytes: body)
        _ = await client.write(
            HTTPAnswer.whole(outcome.status, headers: headers, body: bytes, keepsAlive: false),
            until: home.callerLimit
        )
    }
    await client.finish(keepsAlive: false)
}
