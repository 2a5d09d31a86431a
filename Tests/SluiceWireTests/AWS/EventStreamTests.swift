// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

/// Messages of an event stream, written.
enum Frames {
    static func message(_ headers: [(String, String)], _ payload: [UInt8]) -> [UInt8] {
        var head: [UInt8] = []
        for (name, value) in headers {
            head.append(UInt8(name.utf8.count))
            head += name.utf8
            head.append(7)
            head += [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 255)]
            head += value.utf8
        }
        return message(head, payload)
    }

    static func message(_ head: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        var bytes = word(UInt32(16 + head.count + payload.count)) + word(UInt32(head.count))
        bytes += word(CRC32.checksum(bytes))
        bytes += head + payload
        return bytes + word(CRC32.checksum(bytes))
    }

    static func chunk(_ json: String) -> [UInt8] {
        let payload = #"{"bytes":"\#(base64(Array(json.utf8)))","p":"abcdef"}"#
        return message(
            [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")],
            Array(payload.utf8)
        )
    }

    static func exception(_ name: String, _ message: String) -> [UInt8] {
        Frames.message(
            [(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")],
            Array(#"{"message":"\#(message)"}"#.utf8)
        )
    }

    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for index in 0..<4 {
                let digit = digits[Int(bits >> UInt32(18 - 6 * index) & 63)]
                text.append(index <= part.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

@Suite("AWS event streams")
struct EventStreamTests {
    private struct Read: Equatable {
        var headers: [EventStreamMessage.Header] = []
        var payload: [UInt8] = []
    }

    private func read(_ pieces: [[UInt8]]) throws(EventStreamDecoder.Fault) -> [Read] {
        var decoder = EventStreamDecoder()
        var messages: [Read] = []
        for piece in pieces {
            try decoder.feed(piece.span.bytes) { message, payload in
                messages.append(Read(headers: message.headers, payload: payload.copy(0..<payload.byteCount)))
            }
        }
        return messages
    }

    private static let empty = [UInt8](hex: "00000010 00000000 05c248eb 7d98c8ff")
    private static let json = [UInt8](hex: "0000001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936")
    private static let typed = [UInt8](
        hex:
            "0000003d 00000020 07fd8396 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
            + "7b27666f6f273a27626172277d 8d9c08b1"
    )
    private static let all = [UInt8](
        hex:
            "00000062 00000052 03b5cb9c 013000 013101 01320202 0133030003 01340400000004 0135050000000000000005"
            + "0136060005 6279746573 0137070004 75746638 0138080000000000000008 013909 30313233343536373839616263646566"
            + "63353671"
    )

    @Test("messages without and with headers, of all types, are read")
    func known() throws {
        let messages = try read([
            EventStreamTests.empty + EventStreamTests.json + EventStreamTests.typed, EventStreamTests.all,
        ])
        #expect(messages.count == 4)
        #expect(messages[0] == Read())
        #expect(messages[1].payload == Array("{'foo':'bar'}".utf8) && messages[1].headers.isEmpty)
        #expect(messages[2].headers.map(\.name) == ["content-type"])
        #expect(messages[2].headers.first?.value == .text("application/json"))
        #expect(
            messages[3].headers.map(\.value) == [
                .flag(true), .flag(false), .integer(2), .integer(3), .integer(4), .integer(5),
                .bytes(Array("bytes".utf8)),
                .text("utf8"), .moment(8), .uuid(Array("0123456789abcdef".utf8)),
            ]
        )
    }

    @Test(
        "numbers keep their sign",
        arguments: [
            "00000017 00000007 29860158 04 62797465 02 ff c2f869dc",
            "00000019 00000009 710e923e 05 73686f7274 03 ffff b27cb6cc",
            "0000001d 0000000d 83e3f0e7 07 696e7465676572 04 ffffffff 8b8e12eb",
            "0000001e 0000000e 5d4adb8d 04 6c6f6e67 05 ffffffffffffffff 4bc232da",
        ]
    )
    func signs(hex: String) throws {
        #expect(try read([[UInt8](hex: hex)]).first?.headers.map(\.value) == [.integer(-1)])
    }

    @Test("any two cuts give the same messages")
    func cuts() throws {
        let stream = EventStreamTests.typed + EventStreamTests.empty + EventStreamTests.json
        let whole = try read([stream])
        #expect(whole.count == 3)
        for first in 0...stream.count {
            #expect(try read([Array(stream[..<first]), Array(stream[first...])]) == whole)
        }
        #expect(try read(stream.map { [$0] }) == whole)
    }

    @Test(
        "what is no message is a fault",
        arguments: [
            (
                "a length", "0100001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936",
                EventStreamDecoder.Fault.preludeChecksum
            ),
            ("a payload", "0000001d 00000000 fd528c5a 7b27666f6f273a2762617227 8d c3653936", .messageChecksum),
            (
                "a header",
                "0000003d 00000020 07fd8396 0c636f6e74656e742b74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
                    + "7b27666f6f273a27626172277d 8d9c08b1", .messageChecksum
            ),
            (
                "a length of headers",
                "0000003d ff000102 07fd8396 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
                    + "7b27666f6f273a27626172277d 8d9c08b1", .preludeChecksum
            ),
            (
                "a header twice", "00000024 00000014 4bb982d0 0474657374 04 61736466 0474657374 04 61736466 f3f47563",
                .headers
            ),
            (
                "headers longer than all",
                "0000003d ff000102 1583f5c2 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e"
                    + "7b27666f6f273a27626172277d 2f377f5d", .length
            ),
            ("more than a message may have", "01800021 00000000 dd3f33b1", .length),
            ("a message shorter than its frame", "", .length),
        ]
    )
    func faults(what: String, hex: String, fault: EventStreamDecoder.Fault) {
        var bytes = [UInt8](hex: hex)
        if bytes.isEmpty {
            bytes = Frames.word(15) + Frames.word(0)
            bytes += Frames.word(CRC32.checksum(bytes))
        }
        #expect(throws: fault, "\(what)") { try read([bytes]) }
        #expect(throws: fault, "\(what)") { try read(bytes.map { [$0] }) }
    }

    @Test("each changed byte of a message is a fault, or the message is not whole")
    func flips() {
        for index in EventStreamTests.typed.indices {
            for bit in 0..<8 {
                var changed = EventStreamTests.typed
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: EventStreamDecoder.Fault.self) { try read([changed]) }
            }
        }
    }

    @Test("after a fault nothing is read any more, and what came before it was")
    func after() {
        var decoder = EventStreamDecoder()
        var count = 0
        let bytes = EventStreamTests.empty + [0xFF] + EventStreamTests.json
        #expect(throws: EventStreamDecoder.Fault.preludeChecksum) {
            try decoder.feed(bytes.span.bytes) { _, _ in count += 1 }
        }
        let more = EventStreamTests.empty
        #expect(throws: EventStreamDecoder.Fault.preludeChecksum) {
            try decoder.feed(more.span.bytes) { _, _ in count += 1 }
        }
        #expect(count == 1)
    }

    @Test("headers that end inside, of no type, or too many are a fault")
    func headers() {
        var many: [UInt8] = []
        for number: UInt8 in 0..<65 { many += [2, 97 + number / 26, 97 + number % 26, 0] }
        let wrong: [[UInt8]] = [
            [0], [1], [1, 97], [1, 97, 10], [1, 97, 2], [1, 97, 7, 0, 9, 1], [2, 0xFF, 0xFE, 0],
            [1, 97, 7, 0, 1, 0xFF],
        ]
        for head in wrong + [many] {
            #expect(throws: EventStreamDecoder.Fault.headers) { try read([Frames.message(head, [])]) }
        }
    }
}

@Suite("Bedrock's streams as Anthropic's")
struct FrameUnwrappingTests {
    private func events(_ pieces: [[UInt8]]) throws(EventStreamDecoder.Fault) -> String {
        var unwrapping = FrameUnwrapping()
        var text: [UInt8] = []
        for piece in pieces {
            try unwrapping.feed(piece.span.bytes) { text += $0.copy(0..<$0.byteCount) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let texts = [
        #"{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":12,"output_tokens":1}}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"caf\u00e9 🌊"}}"#,
        #"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12}}"#,
    ]

    @Test("each frame's event goes on as it is, whatever the cuts")
    func events() throws {
        let stream = FrameUnwrappingTests.texts.flatMap { Frames.chunk($0) }
        let wanted = FrameUnwrappingTests.texts.map { text in
            let name = text.dropFirst(9).prefix { $0 != "\"" }
            return "event: \(name)\ndata: \(text)\n\n"
        }.joined()
        #expect(try events([stream]) == wanted)
        #expect(try events(stream.map { [$0] }) == wanted)
        for cut in stride(from: 0, through: stream.count, by: 7) {
            #expect(try events([Array(stream[..<cut]), Array(stream[cut...])]) == wanted)
        }
    }

    @Test(
        "exceptions are errors of the right kind, and end what is read",
        arguments: [
            ("throttlingException", "rate_limit_error", ErrorClass.quota),
            ("validationException", "invalid_request_error", .badRequest),
            ("modelStreamErrorException", "api_error", .errorInStream),
            ("internalServerException", "api_error", .errorInStream),
            ("serviceUnavailableException", "overloaded_error", .errorInStream),
            ("modelTimeoutException", "timeout_error", .errorInStream),
            ("somethingNewException", "api_error", .errorInStream),
        ]
    )
    func exceptions(name: String, type: String, errorClass: ErrorClass) throws {
        let stream = Frames.exception(name, "It \\\"broke\\\".") + Frames.chunk(FrameUnwrappingTests.texts[2])
        let body = #"{"type":"error","error":{"type":"\#(type)","message":"It \"broke\"."}}"#
        #expect(try events([stream]) == "event: error\ndata: \(body)\n\n")
        let bytes = Array(body.utf8)
        #expect(AnswerFault(errorInStream: bytes.span.bytes).errorClass == errorClass)
    }

    @Test("a frame that holds no event is unreadable; frames of other kinds are passed over; line ends become blanks")
    func others() throws {
        let good = Frames.chunk("{\n\"type\":\r\n\"ping\"}")
        let other = Frames.message([(":event-type", "initial-response"), (":message-type", "event")], Array("{}".utf8))
        #expect(try events([other + good]) == "event: ping\ndata: { \"type\":  \"ping\"}\n\n")
        for payload in [
            "", "{}", "[1]", #"{"bytes":1}"#, #"{"bytes":"!"}"#, #"{"bytes":"e30"}x"#, #"{"bytes":"WzFd"}"#,
        ] {
            let frame = Frames.message([(":event-type", "chunk"), (":message-type", "event")], Array(payload.utf8))
            #expect(throws: EventStreamDecoder.Fault.payload) { try events([frame]) }
        }
        let error = Frames.message(
            [(":message-type", "error"), (":error-code", "InternalServerException"), (":error-message", "oh")],
            []
        )
        #expect(try events([error]).contains(#""type":"api_error","message":"oh""#))
    }

    @Test("what follows upon an exception or an unreadable frame is not read, however the pieces were cut")
    func behindTheEnd() throws {
        let junk = [UInt8](repeating: 0x20, count: 20)
        let exception = Frames.exception("throttlingException", "m")
        let whole = try events([exception + junk])
        #expect(whole.hasPrefix("event: error"))
        #expect(try events([exception, junk]) == whole)
        let unreadable = Frames.message([(":event-type", "chunk"), (":message-type", "event")], Array("{}".utf8))
        #expect(throws: EventStreamDecoder.Fault.payload) { try events([unreadable + junk]) }
        #expect(throws: EventStreamDecoder.Fault.payload) { try events([unreadable, junk]) }
    }

    @Test("Converse's frames hold their events as they are, named beside; each cut comes out the same, and is metered")
    func converse() throws {
        let events = [
            ("messageStart", #"{"role":"assistant"}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"hi"},"p":"abc"}"#),
            ("contentBlockStop", #"{"contentBlockIndex":0}"#),
            ("messageStop", #"{"stopReason":"end_turn"}"#),
            (
                "metadata",
                #"{"usage":{"inputTokens":3,"outputTokens":2,"cacheReadInputTokens":4,"cacheWriteInputTokens":9,"cacheDetails":[{"ttl":"1h","inputTokens":5}]},"serviceTier":{"type":"priority"}}"#
            ),
        ]
        let wanted = events.map { "event: \($0)\ndata: \($1)\n\n" }
        let frames = events.map { name, data in
            Frames.message([(":event-type", name), (":message-type", "event")], Array(data.utf8))
        }
        for count in 0...events.count {
            let stream = frames.prefix(count).flatMap { $0 }
            var unwrapping = FrameUnwrapping(.converse)
            var text: [UInt8] = []
            var meter = StreamMeter(.converse(.chat), hidesUsage: false)
            for byte in stream {
                let piece = [byte]
                try unwrapping.feed(piece.span.bytes) { event in
                    text += event.copy(0..<event.byteCount)
                    meter.feed(event) { _ in }
                }
            }
            meter.finish { _ in }
            #expect(text.text == wanted.prefix(count).joined())
            #expect(meter.isComplete == (count >= 4) && meter.hasContent == (count >= 2))
            guard count == events.count else { continue }
            let counted = meter.usage
            let usage = try #require(counted)
            #expect(usage.freshInput == 3 && usage.cachedInput == 4 && usage.output == 2)
            #expect(usage.cacheWrite5m == 4 && usage.cacheWrite1h == 5 && usage.servedAs == ["priority"])
        }
        #expect(throws: EventStreamDecoder.Fault.payload) {
            var unwrapping = FrameUnwrapping(.converse)
            let frame = Frames.message([(":event-type", "messageStart"), (":message-type", "event")], Array("[]".utf8))
            try unwrapping.feed(frame.span.bytes) { _ in }
        }
    }

    @Test("a stream of frames is metered as the model's own")
    func metered() {
        let texts = [
            #"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":12,"output_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
            #"{"type":"content_block_stop","index":0}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#,
            #"{"type":"message_stop"}"#,
        ]
        for count in 1...texts.count {
            var unwrapping = FrameUnwrapping()
            var meter = StreamMeter(.anthropic(.chat), hidesUsage: false)
            let stream = texts.prefix(count).flatMap { Frames.chunk($0) }
            try? unwrapping.feed(stream.span.bytes) { meter.feed($0) { _ in } }
            meter.finish { _ in }
            #expect(meter.isComplete == (count >= 5))
            if count == texts.count { #expect(meter.usage?.output == 7 && meter.usage?.input == 12) }
        }
    }
}
