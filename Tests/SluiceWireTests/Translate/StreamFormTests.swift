// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Events that a translation knows by their form")
struct StreamFormTests {
    private static func delta(_ json: String) -> String {
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
            + "\"input_json_delta\",\"partial_json\":\"\(json)\"}}\n\n"
    }

    private static let start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\",\"usage\":{}}}\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":"
        + "\"tool_use\",\"id\":\"t\",\"name\":\"now\",\"input\":{}}}\n\n"
    private static let stop = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"

    private static func translated(
        _ stream: String,
        cutAt cut: Int,
        of provider: Dialect = .anthropic
    ) throws -> String {
        let translation = try #require(Translation(from: .openai, to: provider, for: .chat, asking: .chat))
        var machine = StreamTranslation(translation, .init(created: 1, id: "id", asksForUsage: true))
        let bytes = Array(stream.utf8)
        var out: [UInt8] = []
        for piece in [bytes[..<cut], bytes[cut...]] {
            let piece = Array(piece)
            // Safe because: bytes have no padding.
            unsafe machine.feed(piece.span.bytes) { span in unsafe span.withUnsafeBytes { out += unsafe $0 } }
        }
        machine.end { span in unsafe span.withUnsafeBytes { out += unsafe $0 } }
        return String(decoding: out, as: UTF8.self)
    }

    @Test(
        "the counts that an event tells last are told, also where they are those of the first, wherever the stream is cut"
    )
    func countsOfTheFirst() throws {
        let stream = [12, 13, 12].map { count in
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"},\"index\":0}],"
                + "\"usageMetadata\":{\"promptTokenCount\":\(count),\"totalTokenCount\":\(count)}}\n\n"
        }.joined()
        for cut in 0...stream.utf8.count {
            let text = try Self.translated(stream, cutAt: cut, of: .gemini)
            #expect(text.contains(#""prompt_tokens":12"#), "cut at \(cut)")
        }
    }

    @Test("arguments behind the end of their call belong to none, wherever the stream is cut")
    func behindTheEnd() throws {
        let stream = Self.start + Self.delta("{}") + Self.stop + Self.delta("late")
        for cut in 0...stream.utf8.count {
            let text = try Self.translated(stream, cutAt: cut)
            #expect(text.contains(#""arguments":"{}""#) && !text.contains("late"), "cut at \(cut)")
        }
    }
}
