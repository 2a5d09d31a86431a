// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What goes back to the caller.
enum Reply {
    case whole(WholeAnswer)
    case stream(StreamAnswer)
}

/// What one attempt came to.
enum AttemptResult {
    case reply(Reply)
    case failed(FailedAttempt)
}

/// An attempt that another one may better.
///
/// An object, since every frame of a task it passes through would hold room for it as long as its stream lives.
final class FailedAttempt {
    let reason: UpstreamFailure
    let provider: ProviderID
    /// The provider's own word on when to come back.
    let retryAfter: Duration?
    /// What the provider says it counted, also for an answer that is not passed on.
    let usage: Usage?
    /// The provider's own answer, which the caller gets when this was the last attempt; without one, a refusal.
    let reply: Reply?
    /// The provider refused what the relay had added to the request.
    var isRelaysFault = false

    init(
        _ reason: UpstreamFailure,
        of provider: ProviderID,
        retryAfter: Duration? = nil,
        usage: Usage? = nil,
        reply: Reply? = nil
    ) {
        self.reason = reason
        self.provider = provider
        self.retryAfter = retryAfter
        self.usage = usage
        self.reply = reply
    }
}

// Frames of tasks live on the heap, thousands of them beside each other: what does not wait is done in functions of its own.
extension Exchange {
    /// Sends the request, and once more where the provider refused what the relay had added to it.
    func attempt(_ target: CompiledTarget, purpose: Attempt.Purpose) async -> AttemptResult {
        let result = await attemptOnce(target, purpose: purpose)
        guard case .failed(let failure) = result, failure.isRelaysFault, takeBackAddition(target, purpose) else {
            return result
        }
        let second = await attemptOnce(target, purpose: .retry)
        noteAddition(second, target)
        return second
    }

    /// Sends the request once and waits for what decides: the whole answer (or 64 KiB of it), or a stream's first content.
    private func attemptOnce(_ target: CompiledTarget, purpose: Attempt.Purpose) async -> AttemptResult {
        beginAttempt(target, purpose)
        defer { transcript.waitedForProvider += max(recent, attemptBegan) - attemptBegan }
        do throws(UpstreamFailure) {
            let connection = try await sendRequest(target, fresh: false)
            let reader = try await readHead(connection, target)
            switch answer(reader) {
            case .stream(let answer): return try await firstContent(answer, target)
            case .whole(let answer): return try await wholeAnswer(answer, target)
            }
        } catch {
            return broken(error, target)
        }
    }

    @inline(never)
    private func beginAttempt(_ target: CompiledTarget, _ purpose: Attempt.Purpose) {
        attemptBegan = loop.http.look()
        open(target, purpose, at: attemptBegan)
        isCounted = false
        contentBy = transcript.outcome.isStream ? attemptBegan &+ target.limits.firstToken : .max
        loop.beginAttempt(target)
        if mayResume { asked.append(target) }
    }

    /// What follows a head that was read.
    @inline(never)
    private func answer(_ reader: AnswerReader) -> Reply {
        let status = reader.head.status
        changeAttempt { $0.status = status }
        guard reader.head.isEventStream, (200...299).contains(status) else {
            return .whole(WholeAnswer(reader, transcript.outcome.endpoint))
        }
        return .stream(stream(reader))
    }

    private func stream(_ reader: AnswerReader, begun: ByteBuffer? = nil) -> StreamAnswer {
        StreamAnswer(
            reader,
            transcript.outcome.endpoint,
            hidesUsage: upstream.hidesUsage,
            keepsText: mayResume,
            secrets: target.secrets,
            begun: begun
        )
    }

    @inline(never)
    private func broken(_ failure: UpstreamFailure, _ target: CompiledTarget) -> AttemptResult {
        closeConnection()
        let failure: UpstreamFailure = isStopped ? .relayStopped : isCallerGone ? .callerGone : failure
        return .failed(FailedAttempt(failure, of: target.provider))
    }

    private func open(_ target: CompiledTarget, _ purpose: Attempt.Purpose, at moment: UInt64) {
        transcript.outcome.attempts.append(
            Attempt(
                number: transcript.outcome.attempts.count + 1,
                purpose: purpose,
                provider: target.provider,
                model: target.model,
                version: target.version,
                startedAfter: Int64(clamping: moment &- call.startedAt)
            )
        )
        transcript.withOutcome { loop.sink.opened($0, loop: loop.http.index) }
    }

    // MARK: steps

    /// Leases a connection and sends the request.
    private func sendRequest(_ target: CompiledTarget, fresh: Bool) async throws(UpstreamFailure) -> ProviderConnection
    {
        guard !isCallerGone else { throw .callerGone }
        guard let pool = loop.pool(of: target) else { throw .noTarget }
        if !fresh, let connection = pool.leaseIdle() {
            self.connection = connection
            connection.send(upstream.bytes)
            return connection
        }
        let connecting = ConnectAttempt(on: loop.http)
        self.connecting = connecting
        defer { self.connecting = nil }
        do throws(ProviderFault) {
            let began = now
            let connection = try await pool.lease(
                connectUntil: min(began + target.limits.connect, limit.end),
                tlsTime: min(target.limits.tls, limit.end > began ? limit.end - began : 0),
                fresh: fresh,
                attempt: connecting
            )
            self.connection = connection
            connection.send(upstream.bytes)
            return connection
        } catch {
            throw .connection(error)
        }
    }

    /// Reads up to the end of the answer's head.
    ///
    /// A kept connection is replaced where nothing of the request left on it. Where it was lost later, the provider may
    /// have begun: to send the request again is an attempt of its own.
    private func readHead(
        _ connection: ProviderConnection,
        _ target: CompiledTarget
    ) async throws(UpstreamFailure) -> AnswerReader {
        let limits = target.limits
        // A whole answer's head comes when all of it was generated: only the total bounds it, unless somebody says so.
        let patience =
            transcript.outcome.isStream
            ? min(limits.firstByte, limits.firstToken) : limits.isFirstByteSet ? limits.firstByte : limits.total
        do throws(UpstreamFailure) {
            return try await readHead(connection, until: min(recent + patience, limit.end))
        } catch {
            guard connection.isReused, connection.hasSentNothing, error.isConnectionLost, !isCallerGone else {
                throw error.isConnectionLost && connection.isReused && !connection.hasAnswered ? .stale : error
            }
            connection.close()
            let replacement = try await sendRequest(target, fresh: true)
            return try await readHead(replacement, until: min(recent + patience, limit.end))
        }
    }

    private func readHead(
        _ connection: ProviderConnection,
        until moment: UInt64
    ) async throws(UpstreamFailure) -> AnswerReader {
        let reader = loop.spares.takeReader()
        while true {
            let bytes = try await read(connection, until: moment)
            do throws(ProviderFault) {
                guard let bytes else {
                    try reader.finish()
                    throw .truncated
                }
                reader.append(bytes)
                if try reader.readHead() { return reader }
            } catch {
                throw .connection(error)
            }
        }
    }

    /// The next bytes of an answer; the caller of a stream is kept awake meanwhile.
    func read(_ connection: ProviderConnection?, until moment: UInt64) async throws(UpstreamFailure) -> ByteBuffer? {
        guard let connection else { throw .connection(.reset) }
        while true {
            do throws(ProviderFault) {
                return try await connection.read(until: min(moment, pingAt))
            } catch {
                guard error == .timeout, pingAt < moment, now >= pingAt else {
                    throw error == .timeout && now >= limit.end ? .outOfTime : .connection(error)
                }
            }
            try await ping()
        }
    }

    /// Reads a stream up to its first content, so that all that goes wrong before can be bettered by another attempt.
    ///
    /// At most 64 KiB of events without content are held.
    private func firstContent(
        _ answer: StreamAnswer,
        _ target: CompiledTarget
    ) async throws(UpstreamFailure) -> AttemptResult {
        let limit = min(contentBy, limit.end)
        try answer.begin()
        while !answer.isDecided {
            try answer.take(await read(connection, until: min(recent + target.limits.stall, limit)))
        }
        return decided(answer, target)
    }

    @inline(never)
    private func decided(_ answer: StreamAnswer, _ target: CompiledTarget) -> AttemptResult {
        if answer.meter.hasContent {
            contentBy = .max
            return .reply(.stream(answer))
        }
        if let failure = answer.meter.failure {
            if failure.isRefusedCredential { loop.noteRefusedCredential(target, status: 200, body: answer.passed) }
            return .failed(
                FailedAttempt(
                    .answer(failure),
                    of: target.provider,
                    usage: answer.meter.usage,
                    reply: failure.isRefusedCredential ? nil : .stream(answer)
                )
            )
        }
        // An end without content and without a word on why is no answer, whatever else there was.
        let bare: ErrorClass? = answer.meter.hasFinish ? nil : .empty
        guard answer.isOver, let errorClass = answer.meter.fault ?? bare else { return .reply(.stream(answer)) }
        closeConnection()
        let fault = UpstreamFault(errorClass: errorClass, isRetryable: true)
        return .failed(FailedAttempt(.answer(fault), of: target.provider, usage: answer.meter.usage))
    }

    /// Reads a whole answer, or as much of it as is kept before any of it is passed on.
    private func wholeAnswer(
        _ answer: WholeAnswer,
        _ target: CompiledTarget
    ) async throws(UpstreamFailure) -> AttemptResult {
        // A stream that was asked for is bounded by its silences; an answer that is none, as any other.
        let limit = min(limit.end, call.startedAt &+ target.limits.total)
        try answer.begin()
        while true {
            if answer.isEvents == true { return try await firstContent(recognised(answer), target) }
            if answer.isEnded || answer.isFull { break }
            try answer.take(await read(connection, until: min(recent + target.limits.stall, limit)))
        }
        // An error is blanked as a whole.
        guard answer.isEnded || answer.isSuccess else { throw .connection(.tooLarge) }
        return decided(answer, target)
    }

    /// The event stream that an answer of another type turned out to be.
    @inline(never)
    private func recognised(_ answer: WholeAnswer) -> StreamAnswer {
        answer.reader.takeAsEventStream()
        return stream(answer.reader, begun: answer.takeBody())
    }

    @inline(never)
    private func decided(_ answer: WholeAnswer, _ target: CompiledTarget) -> AttemptResult {
        if answer.isEnded { giveBackConnection(reusable: answer.isReusable) }
        guard answer.isEnded || !answer.isSuccess, var fault = answer.fault else { return .reply(.whole(answer)) }
        fault.isRetryable = answer.isWorthRetry(fault)
        let isRelaysFault = refusesAddition(answer, target)
        let retryAfter = answer.retryAfter(now: loop.wallClock())
        answer.blank(target.secrets)
        let failed = FailedAttempt(
            .answer(fault),
            of: target.provider,
            retryAfter: retryAfter,
            usage: answer.usage,
            reply: passable(answer, fault, target)
        )
        failed.isRelaysFault = isRelaysFault
        return .failed(failed)
    }

    /// What the caller gets where nobody does better: an error answer as it is, and never a success without an answer.
    private func passable(_ answer: WholeAnswer, _ fault: UpstreamFault, _ target: CompiledTarget) -> Reply? {
        if fault.isRefusedCredential, !answer.hasAnswers {
            loop.noteRefusedCredential(target, status: answer.reader.head.status, body: answer.body)
            return nil
        }
        if (300...399).contains(answer.status) { return nil }
        guard answer.isSuccess else { return .whole(answer) }
        guard answer.hasError else { return nil }
        // An error beside an answer is the caller's to weigh.
        if !answer.hasAnswers { answer.tellError(fault.errorClass) }
        return .whole(answer)
    }
}
