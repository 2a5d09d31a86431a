// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

/// A stream meter with everything that it handed out.
final class MeterTap {
    private var meter: StreamMeter
    private(set) var passed: [UInt8] = []
    private(set) var terminal: [UInt8] = []

    init(
        _ metering: AnswerMetering = .openai(.chat),
        hidesUsage: Bool = true,
        keepsText: Bool = false,
        secrets: SecretBlank? = nil
    ) {
        meter = StreamMeter(metering, hidesUsage: hidesUsage, keepsText: keepsText, secrets: secrets)
    }

    func feed(_ bytes: some Collection<UInt8>) {
        let piece = Array(bytes)
        meter.feed(piece.span.bytes) { span in span.withUnsafeBytes { passed.append(contentsOf: $0) } }
    }

    func finish() {
        meter.finish { span in span.withUnsafeBytes { passed.append(contentsOf: $0) } }
        terminal = meter.takeTerminal()
    }

    /// The whole stream in two pieces, cut at an offset.
    static func read(
        _ stream: [UInt8],
        cutAt cut: Int,
        hidesUsage: Bool = true,
        _ metering: AnswerMetering = .openai(.chat)
    ) -> MeterTap {
        let tap = MeterTap(metering, hidesUsage: hidesUsage)
        tap.feed(stream[..<cut])
        tap.feed(stream[cut...])
        tap.finish()
        return tap
    }

    /// The whole stream, byte by byte.
    static func dribble(_ stream: [UInt8], hidesUsage: Bool = true) -> MeterTap {
        let tap = MeterTap(hidesUsage: hidesUsage)
        for byte in stream { tap.feed([byte]) }
        tap.finish()
        return tap
    }
}

/// What its meter says: a meter itself is not copied into an expectation.
extension MeterTap {
    var usage: Usage? { meter.usage }
    var failure: AnswerFault? { meter.failure }
    var fault: ErrorClass? { meter.fault }
    var hasContent: Bool { meter.hasContent }
    var hasFinish: Bool { meter.hasFinish }
    var hasTerminal: Bool { meter.hasTerminal }
    var isComplete: Bool { meter.isComplete }
    var isPlain: Bool { meter.isPlain }
    var id: [UInt8] { meter.id }
    var text: [UInt8] { meter.text }
    var events: Int { meter.events }
    var malformedEvents: Int { meter.malformedEvents }
    var contentEvents: Int { meter.contentEvents }
    var contentBytes: Int { meter.contentBytes }

    func seenUsage(requestBytes: Int) -> Usage? { meter.seenUsage(requestBytes: requestBytes) }
}

/// Pieces of recorded streams, written down anew.
enum Chunk {
    static let role =
        #"{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null}"#
    static let text =
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"Hi 😀 \"usage\":{\"prompt_tokens\":99}"},"finish_reason":null}],"usage":null,"obfuscation":"x1"}"#
    static let stop = #"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#
    static let usage =
        #"{"id":"c","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}"#
    static let kimi = #"{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"cached_tokens":8}"#
    static let seen = Usage(freshInput: 6, cachedInput: 4, output: 5, reasoning: 2)
}
