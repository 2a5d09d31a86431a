// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

/// How an answer's body is framed towards the caller.
enum AnswerFraming {
    case length(Int)
    case chunked
    /// For HTTP/1.0 callers: the end of the connection ends the body.
    case untilClose
}

extension Exchange {
    /// The head of a relayed answer: the provider's fields that may pass, then ours.
    ///
    /// - Parameter room: Bytes that are to follow it in the same buffer.
    func answerHead(
        _ upstream: AnswerHead,
        _ framing: AnswerFraming,
        cost: NanoUSD? = nil,
        room: Int = 0
    ) -> ByteBuffer {
        // Little enough for the allocator's quick path; a long head grows.
        var bytes = HeadBytes(reserving: 960)
        HTTPAnswer.begin(upstream.status, in: &bytes)
        let isStream = upstream.isEventStream
        upstream.forEachField { name, value in
            switch PassedField(name, isStream: isStream) {
            case .no: return
            case .renamed: bytes.write("x-upstream-request-id")
            case .yes:
                if upstream.nominates(name) { return }
                bytes.write(name)
            }
            bytes.write(": ")
            bytes.write(value)
            bytes.write("\r\n")
        }
        if isStream { bytes.write("cache-control: no-cache\r\nx-accel-buffering: no\r\n") }
        writeOurFields(in: &bytes)
        if let cost { bytes.field("x-sluice-cost-usd", cost.description) }
        end(&bytes, framing)
        return bytes.buffer(reserving: room)
    }

    /// The fields that every answer of this request carries.
    func writeOurFields(in bytes: inout HeadBytes) {
        bytes.write("x-request-id: ")
        bytes.writeRequestID(outcome.request)
        bytes.write("\r\n")
        if let target { bytes.write(target.answerFields) }
        bytes.field("x-sluice-epoch", Int(clamping: outcome.epoch))
        if let bucket = outcome.bucket { bytes.field("x-sluice-bucket", Int(bucket)) }
        if let source = outcome.unitSource { bytes.field("x-sluice-unit-source", source) }
        if !outcome.attempts.isEmpty { bytes.field("x-sluice-attempts", outcome.attempts.count) }
        if isExhausted { bytes.write("x-should-retry: false\r\n") }
        writeServerTiming(in: &bytes)
    }

    /// Ends a head.
    func end(_ bytes: inout HeadBytes, _ framing: AnswerFraming) {
        switch framing {
        case .length(let count): bytes.field("content-length", count)
        case .chunked: bytes.write("transfer-encoding: chunked\r\n")
        case .untilClose: break
        }
        if case .untilClose = framing {
            bytes.write("connection: close\r\n")
        } else if !client.keepsAlive {
            bytes.write("connection: close\r\n")
        } else if !takesChunks {
            bytes.write("connection: keep-alive\r\n")
        }
        bytes.write("\r\n")
    }

    /// The relay's own time and the provider's, in milliseconds, up to now.
    private func writeServerTiming(in bytes: inout HeadBytes) {
        let all = outcome.duration > 0 ? UInt64(outcome.duration) : now &- startedAt
        let provider = waitedForProvider
        let own = all > provider &+ waitedForCaller ? all - provider - waitedForCaller : 0
        bytes.write("server-timing: sluice;dur=")
        bytes.writeMilliseconds(own)
        bytes.write(", upstream;dur=")
        bytes.writeMilliseconds(provider)
        bytes.write("\r\n")
    }
}

/// Whether a field of a provider's answer goes on to the caller.
private enum PassedField {
    case yes, no, renamed

    /// Hop-by-hop fields, framing, and what speaks for the provider's host (cookies, server, alternatives) stay behind.
    init(_ name: Span<UInt8>, isStream: Bool) {
        self = .yes
        switch name.count {
        case 2: if name.equals(ignoringCase: "te") { self = .no }
        case 6: if name.equals(ignoringCase: "server") { self = .no }
        case 7:
            if name.equals(ignoringCase: "alt-svc") || name.equals(ignoringCase: "trailer")
                || name.equals(ignoringCase: "upgrade")
            {
                self = .no
            }
        case 10:
            if name.equals(ignoringCase: "connection") || name.equals(ignoringCase: "keep-alive")
                || name.equals(ignoringCase: "set-cookie")
            {
                self = .no
            }
        case 11: if name.equals(ignoringCase: "set-cookie2") { self = .no }
        case 12: if name.equals(ignoringCase: "x-request-id") { self = .renamed }
        case 13:
            if name.equals(ignoringCase: "server-timing") { self = .no }
            if isStream, name.equals(ignoringCase: "cache-control") { self = .no }
        case 14: if name.equals(ignoringCase: "content-length") { self = .no }
        case 16: if name.equals(ignoringCase: "proxy-connection") { self = .no }
        case 17:
            if name.equals(ignoringCase: "transfer-encoding") { self = .no }
            if isStream, name.equals(ignoringCase: "x-accel-buffering") { self = .no }
        case 18: if name.equals(ignoringCase: "proxy-authenticate") { self = .no }
        case 21: if name.equals(ignoringCase: "x-upstream-request-id") { self = .no }
        case 25: if name.equals(ignoringCase: "strict-transport-security") { self = .no }
        default: break
        }
        if name.count > 9, name[1] == 0x2D, name.extracting(0..<9).equals(ignoringCase: "x-sluice-") { self = .no }
    }
}

extension HeadBytes {
    /// Writes nanoseconds as milliseconds with three decimals.
    mutating func writeMilliseconds(_ nanoseconds: UInt64) {
        let microseconds = Int(clamping: nanoseconds / 1_000)
        write(microseconds / 1_000)
        let rest = microseconds % 1_000
        write(byte: UInt8(ascii: "."))
        write(byte: UInt8(0x30 + rest / 100))
        write(byte: UInt8(0x30 + rest / 10 % 10))
        write(byte: UInt8(0x30 + rest % 10))
    }
}
