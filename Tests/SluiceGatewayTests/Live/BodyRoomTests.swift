// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Memory for bodies")
struct BodyRoomTests {
    @Test("what is set aside never exceeds what there is, and one key gets half of it, or one body")
    func shares() {
        let room = BodyRoom()
        let (one, other) = (InFlightCount(), InFlightCount())
        #expect(room.take(1 << 40, for: one, besides: 0))
        room.giveBack(1 << 40, for: one)
        room.limit(to: 100)
        #expect(!room.take(101, for: one, besides: 0) && room.inUse == 0)
        #expect(room.take(70, for: one, besides: 0))
        #expect(room.take(10, for: one, besides: 70), "one body may grow")
        #expect(!room.take(1, for: one, besides: 0), "but there is none beside it")
        #expect(room.take(20, for: other, besides: 0) && !room.take(1, for: other, besides: 20))
        room.giveBack(80, for: one)
        #expect(room.take(30, for: other, besides: 0) && !room.take(1, for: other, besides: 0))
        #expect(room.take(50, for: one, besides: 0) && room.inUse == 100)
        room.limit(to: -5)
        #expect(!room.take(1, for: InFlightCount(), besides: 0) && room.inUse == 100)
    }

    private static let second = "another-key-of-the-tests-98765"

    private static func head(_ length: Int, key: String = Rig.key) -> String {
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(length)\r\n\r\n"
    }

    private static func body(_ length: Int) -> String {
        let begin = #"{"model":"gpt-4o","messages":[{"role":"user","content":""#
        return begin + String(repeating: "x", count: length - begin.utf8.count - 4) + #""}]}"#
    }

    @Test("bodies are refused by the size they announce, before they are read, and by what chunks have grown to")
    func admission() async throws {
        try await Rig.with(
            change: { $0.keys.append(Rig.callerKey(Self.second, id: "other")) },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig) async throws -> Void in
            rig.gateway.setBodyRoom(200_000)
            // A body and the request that is made of it.
            let large = try await rig.exchange(Self.head(150_000))
            #expect(large.status == 503 && large.text.contains(#""code":"overloaded""#))
            #expect((1...3).contains(Int(large["retry-after"] ?? "") ?? 0) && large["x-should-retry"] == "true")
            let port = rig.port
            let held = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Self.head(60_000))
                return socket
            }
            #expect(try await eventually { rig.gateway.bodyBytes == 120_000 })
            #expect(try await rig.exchange(Self.head(60_000)).status == 503, "the same key has its half")
            let third = try await rig.exchange(Self.head(60_000, key: Self.second))
            #expect(third.status == 503, "there is less than that")
            let small = Self.body(30_000)
            #expect(try await rig.exchange(Self.head(30_000, key: Self.second) + small).status == 200)
            #expect(try await rig.chat().status == 200, "small ones pass")
            let whole = Self.body(60_000)
            let answer = try await offload {
                held.send(whole)
                return held.receiveAnswer()
            }
            #expect(answer.status == 200)
            #expect(try await eventually { rig.gateway.bodyBytes == 0 })
            let chunked = Self.head(1).replacing("Content-Length: 1", with: "Transfer-Encoding: chunked")
            let grown = try await rig.exchange(chunked + Wire.chunk(Self.body(150_000)))
            #expect(grown.status == 503 && grown.text.contains("overloaded"))
            #expect(try await rig.exchange(chunked + Wire.chunk(Self.body(60_000)) + "0\r\n\r\n").status == 200)
            #expect(try await eventually { rig.gateway.bodyBytes == 0 })
            held.close()
        }
    }
}
