// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// An answer that is no event stream, while it is read.
final class WholeAnswer {
    private(set) var head: AnswerHead
    /// The error inside an answer of status 200, once its head tells of it.
    private var retold: ErrorClass?
    /// What was read and not yet passed on.
    var body = ByteBuffer()
    private(set) var isEnded = false {
        didSet {
            if isEnded, isSuccess, verdict == nil { verdict = WholeAnswer.verdict(meter) }
        }
    }
    private var meter: WholeMeter
    /// What the meter says, read once at the end.
    private var verdict: (usage: Usage?, fault: UpstreamFault?)?
    private var reader: AnswerReader

    /// Bytes kept before any of them is passed on.
    static let keptBytes = 64 * 1_024

    init(_ head: AnswerHead, _ reader: AnswerReader, _ endpoint: Outcome.Endpoint) {
        self.head = head
        self.reader = reader
        meter = WholeMeter(endpoint: endpoint)
    }

    /// The connection may serve again.
    var isReusable: Bool { isEnded && head.keepsAlive && !reader.hasSurplus }

    var isSuccess: Bool { (200...299).contains(head.status) }

    /// Takes what came from the provider; `nil` is the end of its connection.
    func take(_ bytes: ByteBuffer?) throws(AttemptFault) {
        do throws(AnswerFault) {
            if let bytes { reader.append(bytes) }
            while let event = try reader.next() {
                switch event {
                case .head: throw .malformed
                case .body(let piece): keep(piece)
                case .end: isEnded = true
                }
            }
            guard bytes == nil else { return }
            try reader.finish()
            isEnded = true
        } catch {
            throw .answer(error)
        }
    }

    /// Takes what is already in the reader.
    func begin() throws(AttemptFault) { try take(ByteBuffer()) }

    private func keep(_ piece: ByteBuffer) {
        if isSuccess { meter.feed(piece.readableBytesSpan) }
        if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
    }

    /// It holds an error object, and whether there is an answer beside it.
    var hasError: Bool { meter.failure != nil }
    var hasAnswers: Bool { meter.hasAnswers }

    /// The provider's usage, as far as it was read.
    var usage: Usage? { if let verdict { verdict.usage } else { meter.usage } }

    /// What is wrong with the whole answer, by its status and body.
    var fault: UpstreamFault? {
        if let retold { return UpstreamFault(errorClass: retold) }
        if let verdict, isSuccess { return verdict.fault }
        let body = self.body
        guard isSuccess else { return UpstreamFault(status: head.status, body: body.readableBytesSpan) }
        return WholeAnswer.verdict(meter).fault
    }

    private static func verdict(_ meter: WholeMeter) -> (usage: Usage?, fault: UpstreamFault?) {
        (meter.usage, meter.failure ?? meter.fault.map { UpstreamFault(errorClass: $0) })
    }

    /// Tells of an error that came with status 200 by the status it should have had; the body stays as it is.
    func tellError(_ errorClass: ErrorClass) {
        retold = errorClass
        head.status =
            switch errorClass {
            case .quota: 429
            case .badRequest, .contentFilter: 400
            default: 502
            }
    }

    /// Whether another attempt is worth it, the provider's own `x-should-retry` considered.
    func isWorthRetry(_ fault: UpstreamFault) -> Bool {
        guard !fault.isMoneyGone else { return false }
        switch field("x-should-retry") {
        case "false": return false
        case "true": return true
        default: return fault.isRetryable
        }
    }

    /// How long the provider asks to wait.
    func retryAfter(now: Timestamp) -> Duration? { RetryAfter.parse(now: now) { field($0) } }

    /// The first value of a field, by its name in lower case; for errors only, since it makes text.
    private func field(_ wanted: String) -> String? {
        var found: String?
        head.forEachField { name, value in
            guard found == nil, name.count == wanted.utf8.count else { return }
            var index = 0
            for byte in wanted.utf8 {
                if name[index] | 0x20 != byte | 0x20 { return }
                index += 1
            }
            found = String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
        }
        return found
    }
}
