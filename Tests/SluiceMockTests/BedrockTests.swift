// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Answers at Bedrock's paths")
struct BedrockTests {
    private let hello =
        #"{"anthropic_version":"bedrock-2023-05-31","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}"#

    private func reply(_ target: String, _ body: String) throws -> Reply {
        try MockProvider().reply(to: MockRequest(method: "POST", target: target, body: Array(body.utf8)))
    }

    @Test("a whole answer is that of the Messages API; the model is the path's, without region and maker")
    func whole() throws {
        let answer = try reply("/model/eu.anthropic.claude-x-v1%3A0/invoke", hello)
        #expect(answer.status == 200 && answer.entry.model == "claude-x-v1:0")
        #expect(try answer.json()["type"]?.string == "message")
    }

    @Test("a stream is frames, each with both checksums")
    func stream() throws {
        let answer = try reply("/model/anthropic.any/invoke-with-response-stream", hello)
        #expect(
            answer.headers.contains { $0.name == "content-type" && $0.value == "application/vnd.amazon.eventstream" }
        )
        var bytes: [UInt8] = []
        for case .write(let piece, _) in answer.steps { bytes += piece }
        func word(_ place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        var start = 0
        var count = 0
        while start + 16 <= bytes.count {
            let end = start + Int(word(start))
            try #require(end <= bytes.count)
            #expect(word(start + 8) == CRC32.checksum(bytes[start..<start + 8]))
            #expect(word(end - 4) == CRC32.checksum(bytes[start..<end - 4]))
            start = end
            count += 1
        }
        #expect(start == bytes.count && count > 5)
    }

    @Test(
        "what is no request of Bedrock's is refused with an exception's name",
        arguments: [
            #"{"max_tokens":64,"messages":[]}"#, #"{"anthropic_version":"bedrock-2023-05-31","model":"m"}"#, "x",
        ]
    )
    func refused(body: String) throws {
        let answer = try reply("/model/anthropic.any/invoke", body)
        #expect(answer.status == 400)
        #expect(answer.headers.contains { $0.name == "x-amzn-errortype" && $0.value == "ValidationException" })
        #expect(try answer.json()["message"]?.string != nil)
    }
}
