// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// How a request that was sent in another dialect than its caller's is answered.
final class TranslatedCall {
    let translation: Translation
    private let model: String
    /// The caller of a stream asked for its usage.
    private let asksForUsage: Bool
    /// What the answer says again of its request.
    private let echo: [UInt8]
    /// `warning`, where fields of the caller's were left out; else empty.
    let warning: String

    /// Names in a warning, and letters of each.
    private static let mostNames = 8
    private static let longestName = 64

    init(_ translation: Translation, of facts: CallFacts, to model: String, _ request: Translation.Request) {
        self.translation = translation
        self.model = model
        asksForUsage = facts.asksForUsage
        echo = request.echo
        warning = request.dropped.isEmpty ? "" : TranslatedCall.line(request.dropped)
    }

    /// What an answer to a call says beside the provider's words.
    func context(of request: RequestID, at startedAt: Timestamp) -> Translation.Context {
        Translation.Context(
            created: startedAt.nanoseconds / 1_000_000_000,
            id: "sluice-\(request)",
            model: model,
            asksForUsage: asksForUsage,
            echo: echo
        )
    }

    /// The names are callers' words in part: only what can stand in a quoted text goes into it.
    private static func line(_ dropped: [String]) -> String {
        let names = dropped.prefix(mostNames).map { name in
            String(decoding: name.utf8.filter { isPlain($0) }.prefix(longestName), as: UTF8.self)
        }
        let more = dropped.count > mostNames ? " and \(dropped.count - mostNames) more" : ""
        return "warning: 299 sluice \"not sent to the provider: \(names.joined(separator: ", "))\(more)\"\r\n"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

/// A stream's translation while it passes; an object, since most streams have none.
final class StreamTranslator {
    private var stream: StreamTranslation

    init(_ call: TranslatedCall, of request: RequestID, at startedAt: Timestamp) {
        stream = StreamTranslation(call.translation, call.context(of: request, at: startedAt))
    }

    /// An error has gone to the caller.
    var hasFailed: Bool { stream.hasFailed }

    func take(_ events: RawSpan, into out: inout ByteBuffer) {
        stream.feed(events) { _ = out.writeBytes($0) }
    }

    /// The same as chunks of a body.
    func take(_ events: RawSpan, intoChunksOf out: inout ByteBuffer) {
        stream.feed(events) { span in
            out.reserveCapacity(minimumWritableBytes: span.byteCount + 20)
            HTTPAnswer.chunkHead(span.byteCount, in: &out)
            _ = out.writeBytes(span)
            out.writeStaticString("\r\n")
        }
    }

    /// How the whole stream ended.
    ///
    /// - Parameter last: the provider's last event.
    func end(_ last: [UInt8]) -> ByteBuffer {
        var out = ByteBuffer()
        // Safe because: bytes have no padding.
        unsafe stream.feed(last.span.bytes) { _ = out.writeBytes($0) }
        stream.end { _ = out.writeBytes($0) }
        return out
    }
}
