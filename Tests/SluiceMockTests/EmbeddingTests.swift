// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Embeddings and completions")
struct EmbeddingTests {
    @Test("a vector has length one, the dimensions asked for, and follows from its text")
    func vector() {
        let one = Embedding(of: "one", model: "m", drift: 0, dimensions: 256, seed: 1)
        let again = Embedding(of: "one", model: "m", drift: 0, dimensions: 256, seed: 1)
        let two = Embedding(of: "two", model: "m", drift: 0, dimensions: 256, seed: 1)
        #expect(one.values.count == 256)
        #expect(abs(one.values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        #expect(one.values == again.values)
        #expect(one.values != two.values)
    }

    @Test("base 64 holds the same floats, little-endian")
    func base64() throws {
        let vector = Embedding(of: "x", model: "m", drift: 0, dimensions: 1, seed: 1)
        #expect(vector.values == [1] || vector.values == [-1])
        #expect(vector.base64 == (vector.values == [1] ? "\"AACAPw==\"" : "\"AACAvw==\""))
    }

    @Test(
        "each form of input gives one vector per text",
        arguments: [("\"a\"", 1), ("[\"a\",\"b\"]", 2), ("[1,2,3]", 1), ("[[1],[2,3]]", 2)]
    )
    func inputs(input: String, count: Int) throws {
        let reply = plan("{\"model\":\"e\",\"dimensions\":4,\"input\":\(input)}", path: "/v1/embeddings")
        #expect(reply.status == 200)
        #expect(try reply.json()["data"]?.array?.count == count)
    }

    @Test("an input that is no text is refused", arguments: ["{}", "[]", "[{}]", "null", "[1,\"a\"]"])
    func refused(input: String) {
        #expect(plan("{\"model\":\"e\",\"input\":\(input)}", path: "/v1/embeddings").status == 400)
    }

    @Test("a completion goes on from each prompt, whole and as a stream")
    func completions() throws {
        let body = "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"],\"max_tokens\":5"
        let whole = try plan(body + "}", path: "/v1/completions").json()
        #expect(whole["choices"]?.array?.count == 2)
        let text = whole["choices"]?[0]?["text"]?.string
        let events = try plan(body + ",\"stream\":true}", path: "/v1/completions").events()
        let pieces = events.filter { $0["choices"]?[0]?["index"]?.int == 0 }
            .compactMap { $0["choices"]?[0]?["text"]?.string }
        #expect(pieces.joined() == text)
        #expect(whole["usage"]?["completion_tokens"]?.int == 10)
    }
}
