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
    case failed(AttemptFailure)
}

/// An attempt that another one may better.
struct AttemptFailure {
    var errorClass: ErrorClass
    var isRetryable: Bool
    /// The provider's own word on when to come back.
    var retryAfter: Duration?
    /// What the caller gets when this was the last attempt: the provider's own answer, or a refusal.
    var last: Result<Reply, Refusal>
}

extension Exchange {
    /// Sends the request once and waits for what decides: the whole answer (or 64 KiB of it), or a stream's first event.
    func attempt(_ version: CompiledVersion, purpose: Attempt.Purpose) async -> AttemptResult {
        open(version, purpose)
        let began = now
        defer { waitedForProvider += now - began }
        do throws(AttemptFault) {
            let connection = try await sendRequest(version, fresh: false)
            let (head, reader) = try await readHead(connection, version)
            changeAttempt { $0.status = head.status }
            return head.isEventStream && (200...299).contains(head.status)
                ? try await firstEvent(StreamAnswer(head, reader, outcome.endpoint, hidesUsage: hidesUsage), version)
                : try await wholeAnswer(WholeAnswer(head, reader, outcome.endpoint), version)
        } catch {
            closeConnection()
            let fault = isCallerGone ? AttemptFault.callerGone : error
            return .failed(
                AttemptFailure(
                    errorClass: fault.errorClass,
                    isRetryable: fault.isRetryable,
                    last: .failure(fault.refusal(provider: version.provider))
                )
            )
        }
    }

    private func open(_ version: CompiledVersion, _ purpose: Attempt.Purpose) {
        let attempt = Attempt(
            number: outcome.attempts.count + 1,
            purpose: purpose,
            provider: version.provider,
            model: version.model,
            version: version.id,
            startedAfter: elapsed
        )
        outcome.attempts.append(attempt)
        guard let route = outcome.route else { return }
        let opened = OpenedAttempt(
            request: outcome.request,
            requestStartedAt: outcome.startedAt,
            number: attempt.number,
            purpose: purpose,
            provider: version.provider,
            model: version.model,
            version: version.id,
            route: route,
            key: key?.id
        )
        home.sink.append(.opened(opened), loop: home.loop.index)
    }

    // MARK: steps

    /// Leases a connection and sends the request.
    private func sendRequest(_ version: CompiledVersion, fresh: Bool) async throws(AttemptFault) -> ProviderConnection {
        guard !isCallerGone else { throw .callerGone }
        guard let target = version.target, let pool = home.pool(target, of: snapshot) else { throw .noTarget }
        if !fresh, let connection = pool.leaseIdle() {
            self.connection = connection
            connection.send(request)
            return connection
        }
        let connecting = ConnectAttempt(on: home.loop)
        self.connecting = connecting
        defer { self.connecting = nil }
        do throws(ProviderFault) {
            let until = min(now + version.limits.connect, deadline)
            let connection = try await pool.lease(connectUntil: until, fresh: fresh, attempt: connecting)
            self.connection = connection
            connection.send(request)
            return connection
        } catch {
            throw .provider(error)
        }
    }

    /// Reads up to the end of the answer's head; a kept connection that died unseen is replaced once.
    private func readHead(
        _ connection: ProviderConnection,
        _ version: CompiledVersion
    ) async throws(AttemptFault) -> (AnswerHead, AnswerReader) {
        let limits = version.limits
        // A whole answer's head comes when all of it was generated: only the total bounds it, unless somebody says so.
        let patience = outcome.isStream || limits.isFirstByteSet ? limits.firstByte : limits.total
        do throws(AttemptFault) {
            return try await readHead(connection, until: min(now + patience, deadline))
        } catch {
            guard connection.isReused, !connection.hasAnswered, error.isConnectionLost, !isCallerGone else {
                throw error
            }
            connection.close()
            let replacement = try await sendRequest(version, fresh: true)
            return try await readHead(replacement, until: min(now + patience, deadline))
        }
    }

    private func readHead(
        _ connection: ProviderConnection,
        until moment: UInt64
    ) async throws(AttemptFault) -> (AnswerHead, AnswerReader) {
        var reader = AnswerReader()
        while true {
            let bytes = try await read(connection, until: moment)
            do throws(AnswerFault) {
                guard let bytes else {
                    try reader.finish()
                    throw .truncated
                }
                reader.append(bytes)
                if case .head(let head)? = try reader.next() { return (head, reader) }
            } catch {
                throw .answer(error)
            }
        }
    }

    func read(_ connection: ProviderConnection?, until moment: UInt64) async throws(AttemptFault) -> ByteBuffer? {
        guard let connection else { throw .provider(.reset) }
        do throws(ProviderFault) {
            return try await connection.read(until: moment)
        } catch {
            throw .provider(error)
        }
    }

    /// Reads a stream up to its first event, so that an error in its place can still be bettered by another attempt.
    private func firstEvent(
        _ begun: StreamAnswer,
        _ version: CompiledVersion
    ) async throws(AttemptFault) -> AttemptResult {
        var answer = begun
        try answer.begin()
        while answer.passed.readableBytes == 0, !answer.isOver {
            try answer.take(await read(connection, until: min(now + version.limits.stall, deadline)))
        }
        guard let failure = answer.meter.failure, !answer.meter.hasContent else { return .reply(.stream(answer)) }
        return .failed(
            AttemptFailure(
                errorClass: failure.errorClass,
                isRetryable: failure.isRetryable && !failure.isMoneyGone,
                last: .success(.stream(answer))
            )
        )
    }

    /// Reads a whole answer, or as much of it as is kept before any of it is passed on.
    private func wholeAnswer(
        _ begun: WholeAnswer,
        _ version: CompiledVersion
    ) async throws(AttemptFault) -> AttemptResult {
        var answer = begun
        try answer.begin()
        while !answer.isEnded, answer.body.readableBytes <= WholeAnswer.keptBytes {
            try answer.take(await read(connection, until: min(now + version.limits.stall, deadline)))
        }
        if answer.isEnded { giveBackConnection(reusable: answer.isReusable) }
        guard answer.isEnded || !answer.isSuccess, let fault = answer.fault, answer.isWorthRetry(fault) else {
            return .reply(.whole(answer))
        }
        return .failed(
            AttemptFailure(
                errorClass: fault.errorClass,
                isRetryable: true,
                retryAfter: answer.retryAfter(now: home.wallClock()),
                last: .success(.whole(answer))
            )
        )
    }
}
