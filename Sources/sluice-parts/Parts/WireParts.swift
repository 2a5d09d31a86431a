// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

extension Part {
    /// Bodies of requests and answers.
    ///
    /// Safe because: bytes have no padding.
    static let wire: [Part] = [
        scan("request-scan", bytes: 1_024, "the fields of a chat request of 1 KiB found and its JSON checked"),
        scan("request-scan-8k", bytes: 8_192, "the same of 8 KiB"),
        Part("request-rewrite", "model and usage option of a streamed request of 1 KiB rewritten") { count in
            let body = Samples.chatRequest(bytes: 1_024, isStream: true)
            let rewriting = RequestRewriting.openai(
                RewritePlan(model: "gpt-4.1-mini-2025-04-14", settings: VersionSettings())
            )
            let scan = try unsafe RequestReading.openai.facts(of: body.span.bytes, for: .chat)
            var sum = 0
            for _ in 0..<count {
                let rewrite = try unsafe rewriting.rewrite(scan, of: body.span.bytes, asksForUsage: true)
                unsafe rewrite.write(body.span.bytes) { sum += $0.byteCount }
            }
            return sum
        },
        Part("whole-meter", "usage of a whole answer of 1.1 KB") { count in
            let answer = Samples.chatAnswer
            var sum = 0
            for _ in 0..<count {
                var meter = WholeMeter(.openai(.chat))
                unsafe meter.feed(answer.span.bytes)
                sum += Int(meter.usage?.output ?? 0)
            }
            return sum
        },
        Part("stream-meter", "an event of a stream, 340 bytes, read and handed on") { count in
            let event = Samples.event
            var meter = StreamMeter(.openai(.chat), hidesUsage: true)
            var sum = 0
            for _ in 0..<count { unsafe meter.feed(event.span.bytes) { sum += $0.byteCount } }
            return sum
        },
        Part("stream-usage", "the usage event of a stream read and swallowed") { count in
            let event = Samples.usageEvent
            var meter = StreamMeter(.openai(.chat), hidesUsage: true)
            var sum = 0
            for _ in 0..<count { unsafe meter.feed(event.span.bytes) { sum += $0.byteCount } }
            return sum + Int(meter.seenUsage(requestBytes: 0)?.output ?? 0)
        },
    ]

    private static func scan(_ name: String, bytes: Int, _ operation: String) -> Part {
        Part(name, operation) { count in
            let body = Samples.chatRequest(bytes: bytes)
            var sum = 0
            for _ in 0..<count {
                sum += try unsafe RequestReading.openai.facts(of: body.span.bytes, for: .chat).model.range.count
            }
            return sum
        }
    }
}
