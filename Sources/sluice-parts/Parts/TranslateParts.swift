// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

extension Part {
    /// Streams of providers, metered alone and translated.
    ///
    /// Safe because: bytes have no padding.
    static let translate: [Part] =
        streams("openai", .openai, Samples.chatStream, .openai(.chat), for: [.anthropic, .gemini])
        + streams("anthropic", .anthropic, Samples.messageStream, .anthropic(.chat), for: [.openai, .gemini])
        + streams("gemini", .gemini, Samples.geminiStream, .gemini(.chat), for: [.openai, .anthropic])

    /// A stream of 200 pieces at a provider, metered; and the same translated for callers of other dialects.
    private static func streams(
        _ name: String,
        _ provider: Dialect,
        _ events: [[UInt8]],
        _ metering: AnswerMetering,
        for callers: [Dialect]
    ) -> [Part] {
        let same = Part("\(name)-stream", "a stream of 200 pieces metered and handed on") { count in
            var sum = 0
            for _ in 0..<count {
                var meter = StreamMeter(metering, hidesUsage: false)
                for event in events { unsafe meter.feed(event.span.bytes) { sum += $0.byteCount } }
                meter.finish { sum += $0.byteCount }
                sum += meter.takeTerminal().count
            }
            return sum
        }
        let endpoints = callers.map { ("\($0)", $0, Operation.chat) } + [("responses", .openai, .responses)]
        return [same]
            + endpoints.map { caller, dialect, operation in
                Part("\(name)-to-\(caller)", "the same translated for callers of that dialect") { count in
                    guard let translation = Translation(from: dialect, to: provider, for: operation) else { return 0 }
                    var sum = 0
                    for _ in 0..<count {
                        var meter = StreamMeter(metering, hidesUsage: false)
                        var stream = StreamTranslation(translation, Translation.Context(created: 1, id: "id"))
                        for event in events {
                            unsafe meter.feed(event.span.bytes) { stream.feed($0) { sum += $0.byteCount } }
                        }
                        meter.finish { stream.feed($0) { sum += $0.byteCount } }
                        stream.end { sum += $0.byteCount }
                    }
                    return sum
                }
            }
    }
}
