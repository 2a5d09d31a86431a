// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Writes the heads of the answers to one call: what every answer carries, and what passes of the provider's.
struct AnswerFields {
    private let call: Call?
    private let transcript: Transcript
    private let client: ClientConnection
    private var loop: GatewayLoop { transcript.loop }

    init(of call: Call, _ transcript: Transcript, to client: ClientConnection) {
        self.call = call
        self.transcript = transcript
        self.client = client
    }

    /// For a request that cannot be read.
    init(_ transcript: Transcript, to client: ClientConnection) {
        call = nil
        self.transcript = transcript
        self.client = client
    }

    /// Writes the head of a relayed answer: the provider's fields that may pass, then ours.
    ///
    /// - Parameter status: Another one than the provider's.
    func writeHead(
        _ upstream: AnswerReader,
        _ framing: AnswerFraming,
        status: Int? = nil,
        cost: CostSum? = nil,
        in bytes: inout HeadBytes
    ) {
        bytes.clear()
        HTTPAnswer.begin(status ?? upstream.head.status, in: &bytes)
        let shown = status ?? upstream.head.status
        if shown >= 400, let secrets = transcript.target?.secrets,
            upstream.head.holds({ unsafe secrets.isFound(in: $0.bytes) })
        {
            bytes.write("content-type: application/json\r\n")
        } else {
            let own: StaticString? = transcript.retryAdvice.isExhausted ? "x-should-retry" : nil
            let isJSON = transcript.translated != nil && !upstream.head.isEventStream
            let hasLimits = transcript.charges.hold?.hasRates ?? false
            upstream.head.writePassed(to: &bytes, besides: own, showsType: !isJSON, showsLimits: !hasLimits)
            if isJSON { bytes.write("content-type: application/json\r\n") }
        }
        if let warning = transcript.translated?.warning, !warning.isEmpty { bytes.write(text: warning) }
        if upstream.head.isMislabelled { bytes.write("content-type: text/event-stream; charset=utf-8\r\n") }
        if shown == 429, let wait = transcript.retryAdvice.wait,
            !AnswerHead.advice.contains(where: { upstream.head.first($0) != nil })
        {
            bytes.field("retry-after", wait.wholeSeconds)
        }
        if upstream.head.isEventStream { bytes.write("cache-control: no-cache\r\nx-accel-buffering: no\r\n") }
        write(in: &bytes)
        if let cost { write(cost, in: &bytes) }
        end(&bytes, framing)
    }

    /// What the request cost where that is known, else why it is not.
    private func write(_ cost: CostSum, in bytes: inout HeadBytes) {
        if cost.state == .known, let amount = cost.amount {
            bytes.field("x-sluice-cost-usd", amount.description)
        } else {
            bytes.field("x-sluice-cost-state", cost.state.rawValue)
        }
    }

    /// The same in a buffer of its own.
    func head(_ upstream: AnswerReader, _ framing: AnswerFraming, status: Int? = nil) -> ByteBuffer {
        writeHead(upstream, framing, status: status, in: &loop.spares.head)
        return loop.spares.head.buffer()
    }

    /// The fields that every answer carries.
    func write(in bytes: inout HeadBytes) {
        let passed = max(loop.http.recent, transcript.startedAt) - transcript.startedAt
        loop.writeDate(at: transcript.outcome.startedAt.nanoseconds &+ Int64(clamping: passed), in: &bytes)
        if let call, let origin = call.headers.fields.origin {
            call.headers.with(origin) { loop.configuration.crossOrigin.write($0, in: &bytes) }
        }
        bytes.write("x-request-id: ")
        bytes.writeRequestID(transcript.outcome.request)
        bytes.write("\r\n")
        guard call != nil else { return }
        if let target = transcript.target { bytes.write(target.answerFields) }
        bytes.field("x-sluice-epoch", Int(clamping: transcript.outcome.epoch))
        if let bucket = transcript.outcome.bucket { bytes.field("x-sluice-bucket", Int(bucket)) }
        if let source = transcript.outcome.unitSource { bytes.field("x-sluice-unit-source", source) }
        if let choice = transcript.outcome.choice { bytes.field("x-sluice-choice", choice.reason.rawValue) }
        let attempts = transcript.outcome.attempts.count
        if attempts > 0 { bytes.field("x-sluice-attempts", attempts) }
        if let hold = transcript.charges.hold {
            let now = transcript.outcome.startedAt.advanced(by: .nanoseconds(Int64(clamping: passed)))
            LimitFields(hold, at: loop.http.now).write(as: transcript.voice, at: now, in: &bytes)
            if let fallback = hold.fallback { bytes.field("x-sluice-budget-fallback", fallback.from.rawValue) }
        }
        if transcript.retryAdvice.isExhausted { bytes.write("x-should-retry: false\r\n") }
        writeServerTiming(in: &bytes)
    }

    /// Ends a head.
    func end(_ bytes: inout HeadBytes, _ framing: AnswerFraming, keepsAlive: Bool = true) {
        switch framing {
        case .length(let count): bytes.field("content-length", count)
        case .chunked: bytes.write("transfer-encoding: chunked\r\n")
        case .untilClose: break
        }
        if case .untilClose = framing {
            bytes.write("connection: close\r\n")
        } else if !keepsAlive || !client.keepsAlive {
            bytes.write("connection: close\r\n")
        } else if call?.takesChunks == false {
            bytes.write("connection: keep-alive\r\n")
        }
        bytes.write("\r\n")
    }

    /// The relay's own time and the provider's, in milliseconds, up to now.
    private func writeServerTiming(in bytes: inout HeadBytes) {
        let duration = transcript.outcome.duration
        let all = duration > 0 ? UInt64(duration) : loop.http.now &- transcript.startedAt
        let waited = transcript.waitedForProvider &+ transcript.waitedForCaller
        bytes.write("server-timing: sluice;dur=")
        bytes.writeMilliseconds(all > waited ? all - waited : 0)
        bytes.write(", upstream;dur=")
        bytes.writeMilliseconds(transcript.waitedForProvider)
        bytes.write("\r\n")
    }
}

extension AnswerHead {
    /// Where a provider says how long to wait.
    static let advice = ["retry-after-ms", "x-ms-retry-after-ms", "retry-after"]
}

extension Duration {
    /// Rounded up, at least one.
    var wholeSeconds: Int {
        let parts = components
        return max(1, Int(clamping: parts.seconds) + (parts.attoseconds > 0 ? 1 : 0))
    }
}

extension HeadBytes {
    /// Writes nanoseconds as milliseconds with three decimals.
    mutating func writeMilliseconds(_ nanoseconds: UInt64) {
        let microseconds = Int(clamping: nanoseconds / 1_000)
        write(microseconds / 1_000)
        let rest = microseconds % 1_000
        write(byte: UInt8(ascii: "."))
        write(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 100))
        write(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 10 % 10))
        write(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
    }
}
