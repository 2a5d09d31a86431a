// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// An answer that is no event stream, while it is read.
final class WholeAnswer {
    let reader: AnswerReader
    /// The provider's, or what it should have been.
    private(set) var status: Int
    /// The error inside an answer of status 200, once its head says so too.
    private var shownError: ErrorClass?
    /// What was read and not yet passed on.
    var body = ByteBuffer()
    private(set) var isEnded = false
    private var meter: WholeMeter
    private let metering: AnswerMetering
    private let translated: TranslatedCall?
    /// It is shown to its caller in part, or with changes.
    private let shown: StoredView?
    /// The whole body as the caller gets it: in his dialect, where that is another one.
    private(set) var translatedBody: ByteBuffer?

    /// Bytes kept before any of them is passed on.
    static let keptBytes = 64 * 1_024
    /// Bytes of an error, which is passed on as a whole or not at all.
    static let errorBytes = 1 << 20

    /// Bytes of an answer that is translated, which is passed on as a whole or not at all.
    private static let translatedBytes = 1 << 23

    init(
        _ reader: AnswerReader,
        _ metering: AnswerMetering,
        _ translated: TranslatedCall? = nil,
        shown: StoredView? = nil
    ) {
        self.reader = reader
        self.shown = shown
        self.translated = translated
        status = reader.head.status
        self.metering = metering
        meter = WholeMeter(metering)
    }

    /// The connection may serve again.
    var isReusable: Bool { isEnded && reader.head.keepsAlive && !reader.hasSurplus }

    var isSuccess: Bool { (200...299).contains(status) }

    /// Takes what came from the provider; `nil` is the end of its connection.
    func take(_ bytes: consuming ByteBuffer?) throws(UpstreamFailure) {
        do throws(ConnectionFault) {
            guard let bytes else {
                try reader.finish()
                isEnded = true
                return
            }
            reader.append(bytes)
            try takePieces()
        } catch {
            throw .connection(error)
        }
    }

    /// Takes what is already in the reader.
    func begin() throws(UpstreamFailure) {
        do throws(ConnectionFault) { try takePieces() } catch { throw .connection(error) }
    }

    private func takePieces() throws(ConnectionFault) {
        while let piece = try reader.nextPiece() { keep(piece) }
        isEnded = reader.isOver
    }

    private func keep(_ piece: consuming ByteBuffer) {
        if isSuccess { meter.feed(piece.readableBytesSpan) }
        if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
    }

    /// As much is here as is kept before any of it is passed on.
    var isFull: Bool {
        let kept = isTranslated ? WholeAnswer.translatedBytes : WholeAnswer.keptBytes
        return body.readableBytes > (isSuccess ? kept : WholeAnswer.errorBytes)
    }

    var isTranslated: Bool { translated != nil || shown != nil }

    /// Translates it into the caller's dialect, where that is another one; `false` where it is no answer.
    ///
    /// - Parameter target: its host's own form of errors becomes the dialect's.
    func translate(for transcript: Transcript, from target: CompiledTarget) -> Bool {
        guard let translated else {
            guard !isSuccess else {
                guard let shown else { return true }
                let body = self.body
                translatedBody = shown.body(of: body.readableBytesSpan).map { ByteBuffer(bytes: $0) }
                return translatedBody != nil
            }
            let body = self.body
            let error = target.speech?.error(
                body.readableBytesSpan,
                status: reader.head.status,
                requestID: transcript.outcome.request.description
            ) { reader.head.first($0) }
            if let error { translatedBody = ByteBuffer(bytes: error) }
            return true
        }
        let body = self.body
        if isSuccess, !hasError {
            let context = translated.context(of: transcript.outcome.request, at: transcript.outcome.startedAt)
            let answer = translated.translation.answer(body.readableBytesSpan, context)
            translatedBody = answer.map { ByteBuffer(bytes: $0) }
        } else {
            let request = transcript.outcome.request.description
            let status = reader.head.status
            let error = translated.translation.error(body.readableBytesSpan, status: status, requestID: request)
            translatedBody = ByteBuffer(bytes: error)
        }
        return translatedBody != nil
    }

    /// It is an event stream, whatever its head says; `nil` while too little of it is here.
    var isEvents: Bool? {
        guard isSuccess else { return false }
        let body = self.body
        switch BodyKind(body.readableBytesSpan) {
        case .events: return true
        case .other: return false
        case .unknown: return isEnded ? false : nil
        }
    }

    /// Takes the relay's secrets out of an error; only asked of one.
    func blank(_ secrets: SecretBlank?) {
        let body = self.body
        guard let secrets, let bytes = secrets.blanked(body.readableBytesSpan) else { return }
        self.body = ByteBuffer(bytes: bytes)
    }

    /// It holds an error object, and whether there is an answer beside it.
    var hasError: Bool { meter.failure != nil }
    var hasAnswers: Bool { meter.hasAnswers }

    /// Its id, and whether it is still to be made.
    var id: [UInt8] { isSuccess ? meter.id : [] }
    var isUnderWay: Bool { meter.isUnderWay }

    /// The provider's usage, as far as it was read.
    var usage: Usage? {
        let body = self.body
        return meter.usage(of: body.readableBytesSpan)
    }

    /// What an answer that is here whole shows of its quality.
    func marks(expectsJSON: Bool) -> AnswerMarks? {
        let body = self.body
        return metering.marks(ofWhole: body.readableBytesSpan, expectsJSON: expectsJSON)
    }

    /// What is wrong with the whole answer, by its status and body.
    var fault: AnswerFault? {
        if let shownError { return AnswerFault(errorClass: shownError) }
        if isSuccess { return meter.faultOfAnswer }
        let body = self.body
        return AnswerFault(status: status, body: body.readableBytesSpan)
    }

    /// Shows an error that came with status 200 by the status it should have had; the body stays as it is.
    func showError(_ errorClass: ErrorClass) {
        shownError = errorClass
        status =
            switch errorClass {
            case .quota: 429
            case .badRequest, .contentFilter: 400
            default: 502
            }
    }

    /// Whether another attempt is worth it, the provider's own `x-should-retry` considered.
    func isWorthRetry(_ fault: AnswerFault) -> Bool {
        guard !fault.isQuotaExhausted else { return false }
        switch reader.head.first("x-should-retry") {
        case "false": return false
        case "true": return true
        default: return fault.isRetryable
        }
    }

    /// How long the provider asks to wait.
    func retryAfter(now: Timestamp) -> Duration? {
        let body = self.body
        return RetryAfter.parse(now: now, body: isSuccess ? RawSpan() : body.readableBytesSpan) {
            reader.head.first($0)
        }
    }
}

/// What a caller sees of an answer about things that an account keeps for several callers.
struct StoredView {
    let isList: Bool
    let key: CompiledKey
    let target: CompiledTarget
    let pins: PinTable

    /// - Returns: `nil` where the answer shows what it is told; else how.
    init?(_ transcript: Transcript, at target: CompiledTarget) {
        guard let stored = transcript.stored, let key = transcript.key, stored.isOfAccount, !stored.isContent else {
            return nil
        }
        let isList = transcript.listsKept
        guard isList || stored.kind == .batch else { return nil }
        self.isList = isList
        self.key = key
        self.target = target
        pins = transcript.loop.pins
    }

    func body(of answer: RawSpan) -> [UInt8]? {
        StoredAnswer.shown(answer, isList: isList) { id in
            guard let found = pins.find(key.digest(of: Array(id.utf8))), let place = pins.place(found.place) else {
                return false
            }
            return place.provider == target.provider && place.account == target.account
        }
    }
}
