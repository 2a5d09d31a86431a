// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Synchronization
import Testing

/// Requests that are signed, as a provider checks them.
@Suite("Signed requests")
struct SigningTests {
    private static let credentials = AWSCredentials(accessKeyID: "AKIDTEST", secretAccessKey: Secret("wJalrTESTKEY"))
    private static let body = #"{"model":"chat","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}"#

    /// A clock that runs on by seven minutes with every look at it: longer than a signature is good for.
    private final class Clock: Sendable {
        private let looks = Atomic<Int64>(0)

        func now() -> Timestamp {
            let looks = looks.wrappingAdd(1, ordering: .relaxed).newValue
            return Timestamp(nanoseconds: Records.start.nanoseconds + looks * 420_000_000_000)
        }
    }

    private static func bedrock(_ snapshot: inout Snapshot) {
        snapshot.providers[0].dialect = .anthropic
        snapshot.providers[0].apiKey = nil
        let host = BedrockHost(region: "eu-west-1", credentials: credentials)
        snapshot.providers[0].host = host.map { .bedrock($0) } ?? .own
        for index in snapshot.versions.indices { snapshot.versions[index].apiVersion = "anthropic.claude-x" }
    }

    /// The signature that a request of this path, body and date must have.
    private func isSigned(_ request: RawRequest) -> Bool {
        guard let date = request["x-amz-date"], let host = request["host"], let moment = Self.moment(date) else {
            return false
        }
        let path = request.head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let signer = SigV4(Self.credentials, region: "eu-west-1", service: "bedrock")
        let wanted = signer.lines(
            for: SigV4.Request(
                method: "POST",
                path: path,
                fields: [("content-type", "application/json"), ("host", host)]
            ),
            body: request.body.span.bytes,
            at: moment
        )
        return wanted.contains("authorization: \(request["authorization"] ?? "-")\r\n")
    }

    /// `20150830T123600Z`.
    private static func moment(_ text: String) -> Timestamp? {
        let digits = text.filter(\.isNumber)
        guard digits.count == 14 else { return nil }
        let parts = [4, 2, 2, 2, 2, 2].reduce(into: (rest: digits[...], parts: [Substring]())) { state, count in
            state.parts.append(state.rest.prefix(count))
            state.rest = state.rest.dropFirst(count)
        }.parts
        return Timestamp("\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z")
    }

    @Test("a request that is sent again is signed anew, by the time it has then")
    func again() async throws {
        let count = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            count.next() == 0
                ? socket.send(Wire.answer(#"{"message":"busy"}"#, status: "503 No"))
                : socket.send(Wire.answer(MessagesWire.answer))
        }
        let clock = Clock()
        try await Rig.with(
            VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1))),
            change: Self.bedrock,
            wallClock: clock.now,
            script: script
        ) { rig in
            let answer = try await rig.exchange(MessagesWire.request(Self.body))
            #expect(answer.status == 200 && rig.upstream.requests.count == 2)
            #expect(rig.upstream.requests.allSatisfy(isSigned))
            #expect(Set(rig.upstream.requests.map { $0["x-amz-date"] }).count == 2)
            #expect(Set(rig.upstream.requests.map(\.text)).count == 1)
        }
    }

    @Test("a request that goes on after an answer which broke off is signed with its longer body")
    func resumed() async throws {
        let cut: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + MessagesWire.events[..<3].map(Wire.chunk).joined())
            return false
        }
        let rest: ScriptedUpstream.Script = { _, socket in
            socket.send(
                MessagesWire.stream([
                    MessagesWire.start, MessagesWire.block, MessagesWire.text(" 😀"), MessagesWire.end,
                    MessagesWire.stop,
                ])
            )
        }
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        settings.midstream = .resume
        try await Rig.withTwo(
            settings,
            change: { snapshot in
                Self.bedrock(&snapshot)
                snapshot.providers[1].dialect = .anthropic
                snapshot.providers[1].apiKey = nil
                snapshot.providers[1].host = snapshot.providers[0].host
                snapshot.models = [
                    ModelCard(provider: Records.id("second"), model: "anthropic.claude-x", prefill: .message)
                ]
            },
            first: cut,
            second: rest
        ) { rig, second in
            let body = MessagesWire.streaming
            let answer = try await rig.exchangeToEnd(MessagesWire.request(body, "Connection: close\r\n"))
            #expect(answer.text == MessagesWire.events.joined() + MessagesWire.stop)
            let requests = [rig.upstream.requests[0], second.requests[0]]
            #expect(requests.allSatisfy(isSigned))
            #expect(requests[1].text.hasSuffix(#"{"role":"assistant","content":"good"}]}"#))
            #expect(requests[1].body.count > requests[0].body.count)
        }
    }

    @Test("where the provider's clock is another one, the request is signed by it, and so are those that follow")
    func otherClock() async throws {
        let ahead = HTTPDate.text(seconds: Records.start.nanoseconds / 1_000_000_000 + 3_600)
        let count = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            count.next() == 0
                ? socket.send(
                    Wire.answer(
                        #"{"message":"Signature expired"}"#,
                        status: "403 No",
                        "Date: \(ahead)\r\nx-amzn-errortype: InvalidSignatureException\r\n"
                    )
                )
                : socket.send(Wire.answer(MessagesWire.answer))
        }
        try await Rig.with(change: Self.bedrock, script: script) { rig in
            for _ in 0..<2 {
                let answer = try await rig.exchange(MessagesWire.request(Self.body))
                #expect(answer.status == 200)
            }
            let requests = rig.upstream.requests
            #expect(requests.count == 3 && requests.allSatisfy(isSigned))
            let dates = requests.map { Self.moment($0["x-amz-date"] ?? "")?.nanoseconds ?? 0 }
            #expect(dates.map { ($0 - Records.start.nanoseconds) / 1_000_000_000 } == [0, 3_600, 3_600])
            // It is no failure of the version's.
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.superseded, nil])
        }
    }

    @Test("a credential that is refused by the same clock is refused")
    func refused() async throws {
        let now = HTTPDate.text(seconds: Records.start.nanoseconds / 1_000_000_000 + 30)
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.answer(#"{"message":"no"}"#, status: "403 No", "Date: \(now)\r\n"))
        }
        try await Rig.with(change: Self.bedrock, script: script) { rig in
            let answer = try await rig.exchange(MessagesWire.request(Self.body))
            #expect(answer.status == 502)
            #expect(rig.upstream.requests.count == 1)
        }
    }
}
