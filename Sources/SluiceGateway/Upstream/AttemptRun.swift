// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension UpstreamAttempt {
    /// Sends the request once and waits for what decides: the whole answer (or 64 KiB of it), or a stream's first content.
    func run(as purpose: Attempt.Purpose, for listener: some Listener) async -> AttemptResult {
        await AttemptRun(attempt: self, listener: listener).run(as: purpose)
    }
}

/// The making of one attempt, for whoever listens.
///
/// Frames of tasks live on the heap, thousands of them beside each other: what does not wait is done in functions of its
/// own.
struct AttemptRun<Ear: Listener> {
    fileprivate let attempt: UpstreamAttempt
    fileprivate let listener: Ear

    fileprivate func run(as purpose: Attempt.Purpose) async -> AttemptResult {
        attempt.begin(as: purpose)
        defer { listener.waited(attempt.age) }
        do throws(UpstreamFailure) {
            let connection = try await attempt.send(fresh: false)
            let reader = try await readHead(connection)
            switch answer(reader) {
            case .stream(let answer): return try await firstContent(answer)
            case .whole(let answer): return try await wholeAnswer(answer)
            }
        } catch {
            return attempt.failed(error)
        }
    }

    /// Reads up to the end of the answer's head.
    ///
    /// A kept connection is replaced where nothing of the request left on it. Where it was lost later, the provider may
    /// have begun: to send the request again is an attempt of its own.
    private func readHead(_ connection: ProviderConnection) async throws(UpstreamFailure) -> AnswerReader {
        let patience = patienceForHead
        do throws(UpstreamFailure) {
            return try await readHead(until: min(attempt.recent + patience, attempt.limit.end))
        } catch {
            guard connection.isReused, connection.hasSentNothing, error.isConnectionLost, attempt.ended == nil else {
                throw error.isConnectionLost && connection.isReused && !connection.hasAnswered ? .stale : error
            }
            connection.close()
            _ = try await attempt.send(fresh: true)
            return try await readHead(until: min(attempt.recent + patience, attempt.limit.end))
        }
    }

    private func readHead(until moment: UInt64) async throws(UpstreamFailure) -> AnswerReader {
        let reader = attempt.loop.spares.takeReader()
        while true {
            let bytes = try await attempt.read(until: moment, listener)
            do throws(ConnectionFault) {
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

    /// Reads a stream up to its first content, so that all that goes wrong before can be bettered by another attempt.
    ///
    /// At most 64 KiB of events without content are held.
    private func firstContent(_ answer: StreamAnswer) async throws(UpstreamFailure) -> AttemptResult {
        try answer.begin()
        while !answer.isDecided {
            try answer.take(await attempt.read(until: attempt.limitOfRead(from: attempt.recent), listener))
        }
        return AttemptResult(answer, of: attempt)
    }

    /// Reads a whole answer, or as much of it as is kept before any of it is passed on.
    private func wholeAnswer(_ answer: WholeAnswer) async throws(UpstreamFailure) -> AttemptResult {
        let limits = attempt.target.limits
        // A stream that was asked for is bounded by its silences; an answer that is none, as any other.
        let limit = min(attempt.limit.end, attempt.transcript.startedAt &+ limits.total)
        try answer.begin()
        while true {
            if answer.isEvents == true { return try await firstContent(recognised(answer)) }
            if answer.isEnded || answer.isFull { break }
            try answer.take(await attempt.read(until: min(attempt.recent + limits.stall, limit), listener))
        }
        // An error is blanked as a whole.
        guard answer.isEnded || answer.isSuccess && !answer.isTranslated else { throw .connection(.tooLarge) }
        return AttemptResult(answer, of: attempt)
    }

    // MARK: what does not wait

    /// Nanoseconds: a whole answer's head comes when all of it was generated, so only the total bounds it, unless somebody
    /// says so.
    private var patienceForHead: UInt64 {
        let limits = attempt.target.limits
        if attempt.transcript.outcome.isStream { return min(limits.firstByte, limits.firstToken) }
        return limits.isFirstByteSet ? limits.firstByte : limits.total
    }

    /// What follows a head that was read.
    @inline(never)
    private func answer(_ reader: AnswerReader) -> CallReply {
        let status = reader.head.status
        attempt.transcript.change(attempt.number) { $0.status = status }
        let isSuccess = (200...299).contains(status)
        if isSuccess, attempt.target.framesStreams, let frames = attempt.target.speech?.frames,
            reader.head.first("content-type")?.hasPrefix("application/vnd.amazon.eventstream") == true
        {
            reader.takeAsEventStream()
            return .stream(stream(reader, frames: FrameUnwrapping(frames)))
        }
        guard reader.head.isEventStream, isSuccess else {
            let shown = StoredView(attempt.transcript, at: attempt.target)
            return .whole(WholeAnswer(reader, attempt.metering, attempt.request.translated, shown: shown))
        }
        return .stream(stream(reader))
    }

    /// The event stream that an answer of another type turned out to be.
    @inline(never)
    private func recognised(_ answer: WholeAnswer) -> StreamAnswer {
        answer.reader.takeAsEventStream()
        return stream(answer.reader, begun: answer.takeBody())
    }

    private func stream(
        _ reader: AnswerReader,
        frames: FrameUnwrapping? = nil,
        begun: ByteBuffer? = nil
    ) -> StreamAnswer {
        let transcript = attempt.transcript
        let translator = attempt.request.translated.map {
            StreamTranslator($0, of: transcript.outcome.request, at: transcript.outcome.startedAt)
        }
        let meter = StreamMeter(
            attempt.metering,
            hidesUsage: attempt.request.hidesUsage && translator == nil,
            keepsText: attempt.request.mayResume || transcript.expectsJSON,
            watchesCalls: transcript.judged?.watch.readsAnswers == true,
            secrets: attempt.target.secrets
        )
        return StreamAnswer(reader, attempt.metering, meter, translator, frames: frames, begun: begun)
    }
}
