// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceRelease
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Tables that requests are looked up in")
struct TableTests {
    private static func route(_ id: String) -> CompiledRoute {
        CompiledRoute(Route(id: Records.id(id)), versions: []) { _ in nil }
    }

    private static func find(_ name: String, in table: RouteTable) -> String? {
        let bytes = Array(name.utf8)
        return table.find(bytes.span.bytes)?.id.rawValue
    }

    @Test("every name leads to its route, and no other name to any", arguments: [0, 1, 8, 9, 2_000])
    func routes(count: Int) {
        let names = (0..<count).map { "route-\($0)" }
        var named = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.route($0)) })
        named["gpt-é/4.1:free"] = Self.route("other")
        let table = RouteTable(named)
        for name in names { #expect(Self.find(name, in: table) == name) }
        #expect(Self.find("gpt-é/4.1:free", in: table) == "other")
        for name in ["", "route", "route-", "route-2000", "Route-0", "route-0 ", "gpt-e/4.1:free"] {
            #expect(Self.find(name, in: table) == nil)
        }
        #expect(Self.find(String(repeating: "route-0", count: 10_000), in: table) == nil)
    }

    @Test("every key is found by its text, and no other text finds one", arguments: [0, 1, 8, 9, 2_000])
    func keys(count: Int) {
        let keys = (0..<count).map { Rig.callerKey("text-\($0)", id: "k\($0)") }
        let table = CompiledKeys(keys, pepper: Rig.pepper) { _ in InFlightCount() }
        for index in 0..<count { #expect(Self.find("text-\(index)", in: table) == "k\(index)") }
        for text in ["", "text-", "text-2000", "Text-0", "text-0 "] { #expect(Self.find(text, in: table) == nil) }
        let other = CompiledKeys(keys, pepper: Secret([1, 2])) { _ in InFlightCount() }
        #expect(Self.find("text-0", in: other) == nil)
    }

    @Test("a hash of another length or of zeros is no key, and of two keys with one text the last counts")
    func oddKeys() {
        var short = Rig.callerKey("short", id: "short")
        short.hash.removeLast()
        var zeros = Rig.callerKey("zeros", id: "zeros")
        zeros.hash = [UInt8](repeating: 0, count: 32)
        let twins = [Rig.callerKey("twin", id: "first"), Rig.callerKey("twin", id: "last")]
        let table = CompiledKeys([short, zeros] + twins, pepper: Rig.pepper) { _ in InFlightCount() }
        #expect(Self.find("short", in: table) == nil)
        #expect(Self.find("zeros", in: table) == nil)
        #expect(Self.find("twin", in: table) == "last")
    }

    @Test("a key whose hash begins like another's is found only by its whole hash")
    func halfAlike() {
        var alike = Rig.callerKey("one", id: "alike")
        alike.hash[31] ^= 1
        let table = CompiledKeys([alike], pepper: Rig.pepper) { _ in InFlightCount() }
        #expect(Self.find("one", in: table) == nil)
    }

    private static func find(_ text: String, in table: CompiledKeys) -> String? {
        let bytes = Array(text.utf8)
        return table.find(bytes.span)?.id.rawValue
    }

    @Test("a request's buffer is used again once nobody reads it")
    func spareBuffers() {
        let allocator = ByteBufferAllocator()
        var spares = SpareBuffers()
        var first = spares.take(100)
        first.writeString("sent")
        let reader = first
        spares.keep(first)
        var second = spares.take(50)
        second.writeString("next")
        #expect(reader == ByteBuffer(string: "sent"))
        #expect(second == ByteBuffer(string: "next"))
        spares.keep(ByteBuffer())
        spares.keep(allocator.buffer(capacity: SpareBuffers.largest * 2))
        #expect(spares.take(10).capacity <= SpareBuffers.largest)
        #expect(spares.take(SpareBuffers.largest * 4).capacity >= SpareBuffers.largest * 4)
        for _ in 0..<(SpareBuffers.most * 2) { spares.keep(allocator.buffer(capacity: 64)) }
        #expect(spares.count == SpareBuffers.most)
    }
}

@Suite("Units of requests")
struct UnitTests {
    private static func hash(_ unit: String, team: String? = nil) -> UInt64 {
        UnitDigest(salt: Array("chat".utf8), team: team, unit: unit).primary
    }

    @Test(
        "the same unit has the same place, wherever and however it is written",
        arguments: [
            (#""user":"user-42""#, "", "user", "user-42"), (#""user":"user\u002d42""#, "", "user", "user-42"),
            (#""metadata":{"user_id":"user-42"}"#, "", "user", "user-42"), (#""user":1234"#, "", "user", "1234"),
            (#""prompt_cache_key":"é😀""#, "", "prompt_cache_key", "é😀"),
            (#""thread_id":"t1","user":"u""#, "", "session", "t1"),
            (#""user":"u""#, "Session-Id: s1\r\n", "session", "s1"),
            (#""user":"u""#, "X-Sluice-Unit: user-42\r\n", "header:x-sluice-unit", "user-42"),
            (#""user":"u""#, "x-sluice-unit: é\r\n", "header:x-sluice-unit", "é"),
            (#""user":"""#, "X-Tenant: t9\r\n", "header:x-tenant", "t9"),
        ]
    )
    func places(members: String, headers: String, source: String, unit: String) async throws {
        try await Rig.with(
            change: { snapshot in
                let header = UnitSource("header:X-Tenant").map { [$0] } ?? []
                snapshot.routes[0].unit = UnitSource.standard + header
                for index in snapshot.keys.indices { snapshot.keys[index].team = "blue" }
            },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig) async throws -> Void in
            let body = #"{"model":"gpt-4o","messages":[],"# + members + "}"
            let answer = try await rig.chat(body, headers)
            #expect(answer.status == 200)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.unitSource == source)
            #expect(outcome.unitHash == Self.hash(unit, team: "blue"))
        }
    }

    @Test("an alias with escapes finds its route, and an unknown one is named in the refusal")
    func models() async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(Wire.completion)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(#"{"model":"gpt\u002d4o","messages":[]}"#)
            #expect(answer.status == 200)
            let other = try await rig.chat(#"{"model":"gpt\u002d5\"","messages":[]}"#)
            #expect(other.status == 404 && other.text.contains(#"gpt-5\""#))
        }
    }
}
