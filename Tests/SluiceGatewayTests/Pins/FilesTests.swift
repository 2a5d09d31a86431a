// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// Files and batches that a provider keeps, from a caller's socket to a provider's and back.
@Suite("Files and batches")
struct FilesTests {
    private static let other = "another-key-of-the-tests-0123456789"
    private static let batch = #"{"input_file_id":"file-1","endpoint":"/v1/chat/completions"}"#

    private func call(
        _ method: String,
        _ path: String,
        _ body: String = "",
        _ headers: String = "",
        key: String = Rig.key,
        on rig: Rig
    ) async throws -> RawAnswer {
        try await rig.exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer \(key)\r\n\(headers)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    private static func answering(_ texts: String...) -> ScriptedUpstream.Script {
        let count = Counter()
        return { _, socket in
            let number = min(count.next(), texts.count - 1)
            return socket.send(
                Wire.answer(texts[number], status: texts[number].contains("\"error\":{") ? "503 No" : "200 OK")
            )
        }
    }

    @Test("a form passes byte for byte, and its answer's id is on record before it leaves")
    func upload() async throws {
        let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\u{0}model\r\n--x--\r\n"
        let file = #"{"id":"file-1","object":"file","bytes":6}"#
        try await Rig.with(script: Self.answering(file)) { rig in
            let type = "Content-Type: multipart/form-data; boundary=x\r\n"
            let answer = try await call("POST", "/v1/files", form, type, on: rig)
            #expect(answer.status == 200 && answer.text == file)
            let sent = try #require(rig.upstream.requests.first)
            #expect(sent.text == form && sent["content-type"] == "multipart/form-data; boundary=x")
            #expect(sent.head.hasPrefix("POST /base/v1/files HTTP/1.1\r\n"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint.text == "files" && outcome.attempts[0].cost == .known(NanoUSD(0)))
            #expect(rig.sink.records.contains { if case .pinned = $0 { true } else { false } })
            let unknown = try await call("GET", "/v1/files/file-2", on: rig)
            #expect(unknown.status == 404 && unknown.text.contains("File with id 'file-2' not found."))
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test("what was sent once may have been made: it is not sent again")
    func once() async throws {
        let retried: (inout Snapshot) -> Void = { snapshot in
            snapshot.versions[0].settings.retry = RetryPolicy(maxRetries: 3)
        }
        let failing = Self.answering(#"{"id":"file-1"}"#, #"{"error":{"message":"busy"}}"#)
        try await Rig.with(change: retried, script: failing) { rig in
            let file = try await call("POST", "/v1/files", "x", on: rig)
            let batch = try await call("POST", "/v1/batches", Self.batch, on: rig)
            #expect(file.status == 200 && batch.status == 503)
            #expect(rig.upstream.requests.count == 2)
            #expect(rig.sink.outcomes.last?.attempts.map(\.cost) == [.unknown])
        }
    }

    @Test("a batch goes where its file is, and what it has cost is on record once")
    func batches() async throws {
        let making = #"{"id":"batch_1","status":"validating","usage":null}"#
        let done =
            #"{"id":"batch_1","status":"completed","output_file_id":"file-9","#
            + #""usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}"#
        let script = Self.answering(#"{"id":"file-1"}"#, making, making, done, done, "one\ntwo")
        try await Rig.with(script: script) { rig in
            _ = try await call("POST", "/v1/files", "x", on: rig)
            #expect(try await call("POST", "/v1/batches", #"{"input_file_id":"file-7"}"#, on: rig).status == 404)
            #expect(try await call("POST", "/v1/batches", "[]", on: rig).status == 400)
            let made = try await call("POST", "/v1/batches", Self.batch, on: rig)
            #expect(made.text == making && made["x-sluice-unit-source"] == "pinned")
            #expect(try await call("GET", "/v1/files/file-9", on: rig).status == 404)
            for _ in 0..<3 { #expect(try await call("GET", "/v1/batches/batch_1", on: rig).status == 200) }
            #expect(try await call("GET", "/v1/files/file-9/content", on: rig).text == "one\ntwo")
            let attempts = rig.sink.outcomes.filter { $0.endpoint.operation == .batches }.flatMap(\.attempts)
            #expect(attempts.map(\.usage?.output) == [nil, 0, 5, 0])
            #expect(attempts.map(\.cost) == [.unknown, .known(NanoUSD(0)), .unpriced, .known(NanoUSD(0))])
        }
    }

    @Test("a hard budget that is used up refuses batches, and what one has cost is charged when it is told")
    func budget() async throws {
        let done =
            #"{"id":"batch_1","status":"completed","usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}"#
        let making = #"{"id":"batch_1","status":"validating"}"#
        // 10 tokens in at 2 and 5 out at 8 dollars a million, for half of it.
        let change: (inout Snapshot) -> Void = { snapshot in
            snapshot.prices[0].variants = [PriceCard.Variant(name: "batch", factorMillionths: 500_000)]
            snapshot.budgets = [
                Budget(
                    id: Records.id("b"),
                    entity: SpendingEntity(.key, "app"),
                    window: .total,
                    limit: NanoUSD(30_000)
                )
            ]
        }
        try await Rig.with(change: change, script: Self.answering(#"{"id":"file-1"}"#, making, done)) { rig in
            _ = try await call("POST", "/v1/files", "x", on: rig)
            #expect(try await call("POST", "/v1/batches", Self.batch, on: rig).status == 200)
            #expect(rig.gateway.budgets[0].spent == .zero)
            for _ in 0..<2 {
                #expect(try await call("GET", "/v1/batches/batch_1", on: rig).status == 200)
                #expect(rig.gateway.budgets[0].spent == NanoUSD(30_000) && rig.gateway.budgets[0].reserved == .zero)
            }
            let charges = rig.sink.records.compactMap { if case .charged(let charge) = $0 { charge } else { nil } }
            #expect(charges.map(\.amount) == [NanoUSD(30_000)] && charges.allSatisfy(\.isSettled))
            let refused = try await call("POST", "/v1/batches", Self.batch, on: rig)
            #expect(refused.status == 402 && refused.text.contains("0.00003 of 0.00003 USD"))
        }
        let withoutTier: (inout Snapshot) -> Void = { snapshot in
            change(&snapshot)
            snapshot.prices[0].variants = []
        }
        try await Rig.with(change: withoutTier, script: Self.answering(#"{"id":"file-1"}"#)) { rig in
            _ = try await call("POST", "/v1/files", "x", on: rig)
            let refused = try await call("POST", "/v1/batches", Self.batch, on: rig)
            #expect(refused.status == 403 && refused.text.contains("model_unpriced"))
        }
    }

    @Test("a body beyond the limit is refused with what the limit is and how it is raised")
    func tooLarge() async throws {
        try await Rig.with(script: Self.answering("{}")) { rig in
            let answer = try await rig.exchangeToEnd(
                "POST /v1/files HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer \(Rig.key)\r\n"
                    + "Content-Length: 9000000000\r\n\r\n"
            )
            #expect(answer.status == 413 && answer.text.contains("limits.body_size"))
        }
    }
}
