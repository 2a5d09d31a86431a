// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("What a key may ask for")
struct GateTests {
    private static let other = Route(id: Records.id("search"))

    private func with(_ gate: KeyGate, _ body: (Rig) async throws -> Void) async throws {
        try await Rig.with(
            change: { snapshot in
                snapshot.routes.append(GateTests.other)
                snapshot.gates = [Records.id("app"): gate]
            },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) },
            body
        )
    }

    private func ask(_ rig: Rig, _ path: String = "/v1/chat/completions", model: String = "chat") async throws
        -> RawAnswer
    {
        let body = #"{"model":"\#(model)","messages":[],"input":"a"}"#
        return try await rig.exchange(
            "POST \(path) HTTP/1.1\r\nhost: a\r\nauthorization: Bearer \(Rig.key)\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    private func list(_ rig: Rig, _ path: String = "/v1/models") async throws -> RawAnswer {
        try await rig.exchange("GET \(path) HTTP/1.1\r\nhost: a\r\nauthorization: Bearer \(Rig.key)\r\n\r\n")
    }

    @Test("a route that the key may not use is 403, and the answer names those that it may")
    func routes() async throws {
        try await with(KeyGate(scopes: [KeyScope(routes: ["search"])])) { rig in
            let answer = try await ask(rig, model: "gpt-4o")
            #expect(answer.status == 403)
            #expect(answer.text.contains("`chat`") && answer.text.contains("may use `search`"))
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a route is meant by an alias, and by the beginning of one", arguments: ["gpt-4o", "gpt-*", "*", "chat"])
    func patterns(pattern: String) async throws {
        try await with(KeyGate(scopes: [KeyScope(routes: [pattern]), KeyScope(operations: [.chat])])) { rig in
            #expect(try await ask(rig).status == 200)
            let answer = try await ask(rig, "/v1/embeddings")
            #expect(answer.status == 403 && answer.text.contains("may ask for `chat`"))
        }
    }

    @Test("the list of models shows what the key may use, and a model that it may not is not there")
    func models() async throws {
        try await with(KeyGate(scopes: [KeyScope(routes: ["search"])])) { rig in
            let all = try await list(rig)
            #expect(all.status == 200 && all.text.contains(#""search""#) && !all.text.contains("gpt-4o"))
            #expect(try await list(rig, "/v1/models/search").status == 200)
            let hidden = try await list(rig, "/v1/models/gpt-4o")
            #expect(hidden.status == 404 && !hidden.text.contains("gpt-4.1"))
            let unknown = try await ask(rig, model: "gpt-4")
            #expect(unknown.status == 404 && !unknown.text.contains("gpt-4.1"))
        }
    }

    @Test("both scopes must allow what is asked for")
    func both() async throws {
        try await with(KeyGate(scopes: [KeyScope(routes: ["chat"]), KeyScope(routes: ["search"])])) { rig in
            let answer = try await ask(rig)
            #expect(answer.status == 403 && answer.text.contains("no route"))
        }
    }

    @Test("a closed key is refused on every path, with the reason")
    func closed() async throws {
        try await with(KeyGate(closed: "This API key is blocked.")) { rig in
            for answer in [try await ask(rig), try await list(rig), try await list(rig, "/v1/models/chat")] {
                #expect(answer.status == 403 && answer.text.contains("This API key is blocked."))
            }
        }
    }
}
