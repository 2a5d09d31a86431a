// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Lays out an answer byte by byte, head and framing included, with what is wrong with it.
struct FaultReply {
    let fault: WireFault
    let dialect: WireDialect
    let model: String
    let isStream: Bool
    let includesUsage: Bool
    let now: Timestamp

    /// The plan of writes; `entry` is completed with the status, the usage that was sent and the ending.
    func reply(_ entry: LogEntry) -> Reply {
        var entry = entry
        entry.model = model
        entry.isStream = isStream
        entry.status = 200
        switch fault.kind {
        case .refuse: return broken(entry, [.record, .reset])
        case .slowAccept: return broken(entry, [.record, .hang])
        case .breakOff(let end, .start): return broken(entry, [.record, FaultReply.step(end)])
        case .status, .retry, .moneyGone: return refusal(entry)
        case .framing(.garbage):
            let bytes = Array("SSH-2.0-OpenSSH_9.2\r\n\r\n".utf8)
            return broken(entry, [.record, .write(bytes), .close])
        case .framing(.hugeHead):
            let bytes =
                Array("HTTP/1.1 200 OK\r\nx-padding: ".utf8) + [UInt8](repeating: UInt8(ascii: "y"), count: 2_000_000)
            return broken(entry, [.record, .write(bytes), .close])
        default: return answer(&entry)
        }
    }

    // MARK: Answers of status 200

    private func answer(_ entry: inout LogEntry) -> Reply {
        let pieces = isStream ? streamPieces() : [Piece(bytes: Array(wholeText.utf8), tokens: WireDialect.pieces)]
        let total = pieces.reduce(0) { $0 + $1.bytes.count }
        var isChunked = isStream
        var length = isStream ? nil : total
        switch fault.kind {
        case .framing(.both): length = total
        case .framing(.twoLengths), .framing(.short):
            (isChunked, length) = (false, total + 100)
        case .framing(.long): (isChunked, length) = (false, max(0, total - 20))
        case .framing(.badChunk): (isChunked, length) = (true, nil)
        case .empty: (isChunked, length) = (false, 0)
        default: break
        }
        if case .framing(.both) = fault.kind { isChunked = true }
        entry.usage = tellsUsage ? WireDialect.usage : nil
        if isBroken {
            entry.usage = nil
            entry.ending = .cut
        }
        let head = head(200, isStream ? "text/event-stream" : "application/json", length: length, chunked: isChunked)
        var reply = Reply(status: 200, headers: [], entry: entry)
        reply.isRaw = true
        if case .slow(let delay) = fault.kind { reply.steps.append(.pause(delay)) }
        if case .breakOff(let end, .head) = fault.kind {
            reply.steps += [.write(Array(head.prefix(head.count / 2)))] + FaultReply.ending(end)
            return reply
        }
        reply.steps.append(.write(head))
        reply.steps += bodySteps(pieces, total: total, isChunked: isChunked)
        return reply
    }

    private func bodySteps(_ pieces: [Piece], total: Int, isChunked: Bool) -> [Reply.Step] {
        var steps: [Reply.Step] = []
        var start = 0
        let half = total / 2
        for (index, piece) in pieces.enumerated() {
            let end = start + piece.bytes.count
            if case .breakOff(let breakOff, let at) = fault.kind, let stop = at.offset(in: total), stop < end {
                let framed = frame(piece.bytes, isChunked, upTo: stop - start)
                if !framed.isEmpty { steps.append(.write(framed)) }
                return steps + FaultReply.ending(breakOff)
            }
            if start <= half, half < end {
                if case .pause(let pause) = fault.kind { steps.append(.pause(pause)) }
                if fault.kind == .garbageInside {
                    let garbage: [UInt8] =
                        [0xFF, 0xFE, 0x00, UInt8(ascii: "{"), UInt8(ascii: "\"")] + Array("garbage\n\n".utf8)
                    steps.append(.write(frame(garbage, isChunked)))
                }
                if fault.kind == .framing(.badChunk) {
                    return steps + [.record, .write(Array("zz\r\n{}\r\n".utf8)), .close]
                }
            }
            if index == pieces.count - 1, !isBroken { steps.append(.record) }
            let framed = frame(piece.bytes, isChunked)
            if let gap = byteGap {
                for byte in framed { steps += [.write([byte]), .pause(gap)] }
                steps.append(.write([], tokens: piece.tokens))
            } else {
                steps.append(.write(framed, tokens: piece.tokens))
            }
            start = end
        }
        if case .breakOff(let breakOff, _) = fault.kind {
            // The whole body, and no end of it.
            return steps + FaultReply.ending(breakOff)
        }
        if pieces.isEmpty || isBroken { steps.append(.record) }
        switch fault.kind {
        case .framing(.short), .framing(.twoLengths), .framing(.long): return steps + [.close]
        default: break
        }
        if isChunked { steps.append(.write(Array("0\r\n\r\n".utf8))) }
        return steps + [.end]
    }

    private struct Piece {
        var bytes: [UInt8]
        var tokens = 0
    }

    private func streamPieces() -> [Piece] {
        func pieces(_ texts: [String]) -> [Piece] { texts.map { Piece(bytes: spelled($0)) } }
        let opening = pieces(dialect.opening(model: model))
        let content = (0..<WireDialect.pieces).map {
            Piece(bytes: spelled(dialect.content($0, model: model)), tokens: 1)
        }
        let closing = pieces(dialect.closing(model: model, usage: tellsUsage))
        let mark = pieces([dialect.mark(usage: tellsUsage)])
        switch fault.kind {
        case .empty: return []
        case .lifecycle: return opening + closing + mark
        case .noEnd:
            // Nothing that says how it ended: neither the reason nor the mark.
            return opening + content
        case .errorAfter(let count):
            let event = dialect.failureEvent(message: "The engine is currently overloaded.")
            return opening + content.prefix(count) + pieces([event])
        case .spelling(.mark):
            return [Piece(bytes: [0xEF, 0xBB, 0xBF])] + opening + content + closing + mark
        case .spelling(.longLine):
            let line = Array(": ".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20) + Array("\n\n".utf8)
            return opening + content.prefix(20) + [Piece(bytes: line)] + content.dropFirst(20) + closing + mark
        default: return opening + content + closing + mark
        }
    }

    private var wholeText: String {
        switch fault.kind {
        case .empty: ""
        case .lifecycle: dialect.whole(model: model, usage: tellsUsage, text: false)
        case .errorAfter: dialect.failure(503, message: "The engine is currently overloaded.", kind: "server_error")
        case .garbageInside: "<html>oops"
        case .noEnd: String(dialect.whole(model: model, usage: tellsUsage).dropLast(30))
        default: dialect.whole(model: model, usage: tellsUsage)
        }
    }

    private func spelled(_ event: String) -> [UInt8] {
        switch fault.kind {
        case .spelling(.cr): Array(event.utf8).map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: "\r") : $0 }
        case .spelling(.crlf):
            Array(event.utf8).flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), UInt8(ascii: "\n")] : [$0] }
        default: Array(event.utf8)
        }
    }

    private var tellsUsage: Bool {
        // OpenAI's streams state it where it was asked for, all others always.
        fault.kind != .noUsage && (includesUsage || !isStream || ![.chat, .completions].contains(dialect))
    }

    /// Whether the answer is not one that a caller may take for whole.
    private var isBroken: Bool {
        switch fault.kind {
        case .breakOff, .errorAfter, .empty, .noEnd, .framing, .lifecycle: true
        case .garbageInside: !isStream
        default: false
        }
    }

    private var byteGap: Duration? {
        switch fault.kind {
        case .dribble(let gap): gap
        case .spelling(.split): .microseconds(20)
        default: nil
        }
    }

    // MARK: Bytes

    private func frame(_ bytes: [UInt8], _ isChunked: Bool, upTo limit: Int = .max) -> [UInt8] {
        let cut = Array(bytes.prefix(max(0, limit)))
        guard isChunked, !cut.isEmpty else { return cut }
        let size = Array("\(String(bytes.count, radix: 16))\r\n".utf8)
        return size + cut + (cut.count == bytes.count ? [UInt8(ascii: "\r"), UInt8(ascii: "\n")] : [])
    }

    private func head(_ status: Int, _ type: String, length: Int?, chunked: Bool, _ more: [String] = []) -> [UInt8] {
        var lines = ["HTTP/1.1 \(status) Answer", "content-type: \(type)", "x-request-id: req_fault"] + more
        if let length { lines.append("content-length: \(length)") }
        if fault.kind == .framing(.twoLengths) { lines.append("content-length: \((length ?? 0) + 1)") }
        if chunked { lines.append("transfer-encoding: chunked") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private func broken(_ entry: LogEntry, _ steps: [Reply.Step]) -> Reply {
        var entry = entry
        entry.status = 0
        entry.ending = .cut
        var reply = Reply(status: 0, headers: [], entry: entry)
        reply.isRaw = true
        reply.steps = steps
        return reply
    }

    private static func step(_ end: WireFault.Break) -> Reply.Step {
        switch end {
        case .cut: .close
        case .reset: .reset
        case .hang: .hang
        }
    }

    /// What was written leaves before a reset, which would take it back.
    private static func ending(_ end: WireFault.Break) -> [Reply.Step] {
        end == .reset ? [.record, .pause(.milliseconds(3)), .reset] : [.record, step(end)]
    }
}

extension WireFault.Point {
    /// How many bytes of a body of `total` leave.
    func offset(in total: Int) -> Int? {
        switch self {
        case .start, .head: nil
        case .body(let bytes): bytes
        case .middle: total / 2
        }
    }
}

// MARK: Refusals

extension FaultReply {
    private func refusal(_ entry: LogEntry) -> Reply {
        var fields: [String] = []
        var status = 429
        var (message, kind) = ("Rate limit reached for requests.", "rate_limit_exceeded")
        switch fault.kind {
        case .status(let code):
            status = code
            (message, kind) = ("The simulated provider answers \(code).", FaultReply.kind(of: code, dialect))
        case .retry(let form): fields = FaultReply.fields(of: form, now: now)
        default:
            switch dialect {
            case .chat, .completions, .responses:
                (message, kind) = ("You exceeded your current quota.", "insufficient_quota")
            case .messages:
                status = 400
                (message, kind) = ("Your credit balance is too low.", "credit_balance_exhausted")
            case .gemini:
                status = 402
                (message, kind) = ("Billing is disabled.", "FAILED_PRECONDITION")
            }
        }
        var entry = entry
        entry.status = status
        entry.ending = .error
        var reply = Reply(status: status, headers: [], entry: entry)
        reply.isRaw = true
        let body = Array(dialect.failure(status, message: message, kind: kind).utf8)
        let head = head(status, "application/json", length: body.count, chunked: false, fields)
        reply.steps = [.record, .write(head + body), .end]
        return reply
    }

    private static func kind(of status: Int, _ dialect: WireDialect) -> String {
        switch (dialect, status) {
        case (.messages, 529): "overloaded_error"
        case (.messages, 500...): "api_error"
        case (.messages, 429): "rate_limit_error"
        case (.messages, _): "invalid_request_error"
        case (.gemini, 500...): "UNAVAILABLE"
        case (.gemini, 429): "RESOURCE_EXHAUSTED"
        case (.gemini, _): "INVALID_ARGUMENT"
        case (_, 500...): "server_error"
        case (_, 429): "rate_limit_exceeded"
        default: "invalid_request_error"
        }
    }

    private static func fields(of form: WireFault.RetryForm, now: Timestamp) -> [String] {
        let seconds = now.nanoseconds / 1_000_000_000
        return switch form {
        case .milliseconds(let number): ["retry-after-ms: \(number)"]
        case .azure(let number): ["x-ms-retry-after-ms: \(number)"]
        case .seconds(let number): ["retry-after: \(number)"]
        case .date(let ahead): ["retry-after: \(HTTPDate.text(seconds: seconds + Int64(ahead)))"]
        case .past: ["retry-after: \(HTTPDate.text(seconds: seconds - 3_600))"]
        case .huge: ["retry-after: 1000000000"]
        case .never: ["x-should-retry: false"]
        }
    }
}
