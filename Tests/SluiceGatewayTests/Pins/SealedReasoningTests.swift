// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Reasoning that only the account can read that made it")
struct SealedReasoningTests {
    private static let other = "another-key-of-the-tests-0123456789"
    private static let sealed = "gAAAAABn-sealed-by-the-account"
    private static let item = #"{"type":"reasoning","summary":[],"encrypted_content":"\#(sealed)"}"#
    private static let include = #""store":false,"include":["reasoning.encrypted_content"]"#

    private static let script: ScriptedUpstream.Script = { request, socket in
        guard request.text.contains("\"stream\":true") else {
            let answer = ResponsesTests.answer.replacing(#"{"type":"message"}"#, with: item)
            return socket.send(Wire.answer(answer))
        }
        let done = ResponsesTests.event("response.output_item.done", #""item":\#(item)"#)
        return socket.send(
            Wire.streamHead
                + [ResponsesTests.created, done, ResponsesTests.delta, ResponsesTests.completed].map(Wire.chunk)
                .joined()
                + "0\r\n\r\n"
        )
    }

    private static func change(_ snapshot: inout Snapshot) {
        snapshot.versions.append(Rig.version("v2", state: .canary, weight: .none))
        snapshot.keys.append(Rig.callerKey(other, id: "other"))
    }

    private static func rolledBack(on rig: Rig) async throws {
        var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
        change(&snapshot)
        snapshot.epoch += 1
        snapshot.versions[0] = Rig.version("v1", state: .rollback, weight: .none)
        snapshot.versions[1] = Rig.version("v2", state: .production, weight: .all)
        await rig.gateway.publish(snapshot)
    }

    private func ask(
        _ input: String,
        _ more: String = Self.include,
        key: String = Rig.key,
        on rig: Rig
    ) async throws -> RawAnswer {
        let body = #"{"model":"chat","input":[\#(input)],\#(more)}"#
        let credential = "Authorization: Bearer \(key)\r\n"
        return try await rig.exchangeToEnd(
            Wire.request(body, "Connection: close\r\n", path: "/v1/responses", key: credential)
        )
    }

    @Test("it goes back to the version that made it, whatever the split says", arguments: [false, true])
    func rolledBack(isStream: Bool) async throws {
        let first = Self.include + (isStream ? #","stream":true"# : "")
        let user = #"{"role":"user","content":"hi"}"#
        try await Rig.with(change: Self.change, script: Self.script) { rig in
            let made = try await ask(user, first, on: rig)
            #expect(made.status == 200 && made["x-sluice-version"] == "v1" && rig.sink.pins.count == 1)
            // The split says the same: it decides, and the request is evidence as any other.
            let same = try await ask(Self.item, #""store":false"#, on: rig)
            #expect(same["x-sluice-version"] == "v1" && same["x-sluice-unit-source"] != "pinned")
            try await Self.rolledBack(on: rig)
            #expect(try await ask(user, on: rig)["x-sluice-version"] == "v2")
            let answer = try await ask(user + "," + Self.item + "," + user, #""store":false"#, on: rig)
            #expect(answer.status == 200 && answer["x-sluice-version"] == "v1")
            #expect(answer["x-sluice-unit-source"] == "pinned")
            #expect(rig.sink.outcomes.last?.unitSource == Outcome.pinnedSource)
        }
    }

    @Test("what nobody knows, another's and what was not asked for goes by the split")
    func bySplit() async throws {
        try await Rig.with(change: Self.change, script: Self.script) { rig in
            _ = try await ask(#"{"role":"user","content":"hi"}"#, #""store":false"#, on: rig)
            #expect(rig.sink.pins.isEmpty)
            _ = try await ask(#"{"role":"user","content":"hi"}"#, on: rig)
            try await Self.rolledBack(on: rig)
            let theirs = try await ask(Self.item, #""store":false"#, key: Self.other, on: rig)
            #expect(theirs.status == 200 && theirs["x-sluice-version"] == "v2")
            let unknown = Self.item.replacing("sealed-by", with: "made-by")
            #expect(try await ask(unknown, #""store":false"#, on: rig)["x-sluice-version"] == "v2")
        }
    }

    @Test("the newest that is known decides, and a version that is gone leaves it to the split")
    func gone() async throws {
        try await Rig.with(change: Self.change, script: Self.script) { rig in
            _ = try await ask(#"{"role":"user","content":"hi"}"#, on: rig)
            try await Self.rolledBack(on: rig)
            let unknown = Self.item.replacing("sealed-by", with: "made-by")
            let mixed = try await ask(Self.item + "," + unknown, #""store":false"#, on: rig)
            #expect(mixed["x-sluice-version"] == "v1")
            var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            snapshot.epoch += 2
            snapshot.versions = [
                Rig.version("v2", state: .production, weight: .all), Rig.version("v3", state: .canary, weight: .none),
            ]
            await rig.gateway.publish(snapshot)
            let left = try await ask(Self.item, #""store":false"#, on: rig)
            #expect(left.status == 200 && left["x-sluice-version"] == "v2")
        }
    }
}
