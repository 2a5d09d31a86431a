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
        let errorClass = transcript.outcome.attempts.last?.errorClass ?? .refused
        transcript.record(.refused, status: status, errorClass: errorClass)
        _ = await client.write(RefusalAnswer.whole(refusal, of: call, transcript, to: client), until: callerLimit)
        await client.finish()
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
        transcript.record(.cut, status: status, errorClass: errorClass)
        var out = passed
        if let framing, saysSo {
            let refusal = fault.refusal(provider: target.provider)
            frame(RefusalAnswer.event(refusal, transcript), framing, in: &out)
        }
        if out.readableBytes > 0 { _ = await client.write(out, until: callerLimit) }
        client.breakOff()
    }

    /// The caller has left, or the relay stops: stop the provider, bill what was seen.
    func giveUp(usage: Usage?, status: Int) async {
        closeConnection()
        if let last = transcript.outcome.attempts.last, last.duration == 0 {
            settleAttempt(isStopped ? .relayStopped : .callerGone, usage: usage)
        }
        if isStopped { return await endStopped(status: status) }
        transcript.record(.callerGone, status: status, errorClass: .callerGone)
        client.close()
        await client.finish(keepsAlive: false)
    }

    /// The relay stops: an error where nothing has left yet, or in the stream; else there is no clean end.
    private func endStopped(status: Int) async {
        if let committed { return await refuseInBand(.relayStopped, committed, errorClass: .relayStopped) }
        guard status == 0 else {
            transcript.record(.cut, status: status, errorClass: .relayStopped)
            return client.breakOff()
        }
        transcript.record(.refused, status: Refusal.relayStopped.kind.row.status, errorClass: .relayStopped)
        _ = await client.write(RefusalAnswer.whole(.relayStopped, of: call, transcript, to: client), until: callerLimit)
        await client.finish(keepsAlive: false)
    }

    // MARK: steps

    /// The moment by which the caller must have read on.
    var callerLimit: UInt64 { loop.callerLimit }

    /// Writes to the caller; `false` when there is no caller any more, or one that does not read.
    func write(_ bytes: ByteBuffer) async -> Bool {
        client.send(bytes) ? !isCallerGone : await callerTakes()
    }

    /// Waits until the caller takes more; `false` as of ``write(_:)``, and where the time for the whole request is over:
    /// a provider is not held for a caller who reads slowly.
    func callerTakes() async -> Bool {
        let before = now
        let isThere = await client.writable(until: min(callerLimit, limit.end))
        transcript.waitedForCaller += now - before
        return isThere && !isCallerGone
    }

    /// The next bytes of the provider's answer, within the limits of a stall and of the whole request.
    ///
    /// - Parameter mayPing: the caller is between two events of a stream.
    func readMore(mayPing: Bool = false) async throws(UpstreamFailure) -> ByteBuffer? {
        let limit = beginWait(mayPing: mayPing, stall: target.limits.stall)
        defer { endWait() }
        return try await read(connection, until: limit)
    }

    /// Changes the attempt under way.
    func changeAttempt(_ change: (inout Attempt) -> Void) {
        guard let last = transcript.outcome.attempts.indices.last else { return }
        change(&transcript.outcome.attempts[last])
    }

    /// Closes the books of the attempt under way.
    func settleAttempt(_ errorClass: ErrorClass?, usage: Usage? = nil, isQuotaExhausted: Bool = false) {
        let prices = target.prices
        let at = transcript.outcome.startedAt
        let end = transcript.elapsed
        changeAttempt { attempt in
            attempt.duration = max(1, end - attempt.startedAfter)
            attempt.errorClass = errorClass
            attempt.usage = usage
            attempt.cost = prices.cost(of: usage, at: at)
        }
        if let attempt = transcript.outcome.attempts.last { transcript.judge(attempt, isCallerLimit: isCallerLimit) }
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
        guard reusable, let pool = loop.pool(of: target) else { return connection.close() }
        pool.giveBack(connection)
    }

    func closeConnection() {
        connection?.close()
        connection = nil
    }
}
