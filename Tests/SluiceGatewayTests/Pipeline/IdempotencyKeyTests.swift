// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Synchronization
import Testing

@Suite("A caller's idempotency key at the account that all callers share")
struct IdempotencyKeyTests {
    static let otherKey = "another-key-of-the-tests-0123456789"

    /// What a provider has answered to each key.
    final class Given: Sendable {
        private let answers = Mutex<[String: String]>([:])

        /// The answer that was given before, or a new one.
        func answer(to key: String) -> String {
            answers.withLock { answers in
                let answer = answers[key] ?? "answer \(answers.count + 1)"
                answers[key] = answer
                return answer
            }
        }
    }

    @Test("the same key of two callers names two requests, and of one caller one")
    func callers() async throws {
        let change = { (snapshot: inout Snapshot) in
            snapshot.keys.append(Rig.callerKey(Self.otherKey, id: "other"))
        }
        let given = Given()
        try await Rig.with(
            change: change,
            script: { request, socket in
                let text = given.answer(to: request["idempotency-key"] ?? "")
                return socket.send(Wire.answer(Wire.completion.replacing("hello", with: text)))
            }
        ) { (rig: Rig) async throws -> Void in
            let once = "Idempotency-Key: order-1\r\n"
            let other = "Authorization: Bearer \(Self.otherKey)\r\n"
            let mine = try await rig.exchange(Wire.request(Wire.chat, once))
            let theirs = try await rig.exchange(Wire.request(Wire.chat, once, key: other))
            let again = try await rig.exchange(Wire.request(Wire.chat, once))
            #expect(mine.text.contains("answer 1") && again.text == mine.text)
            #expect(theirs.text.contains("answer 2"), "\(theirs.text)")
        }
    }

    @Test("a further attempt at the provider has the key of the first, which goes on as it is where nobody else calls")
    func retries() async throws {
        let settings = VersionSettings(
            retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1), maxBackoff: .milliseconds(1))
        )
        let counter = Counter()
        try await Rig.with(
            settings,
            script: { _, socket in
                socket.send(counter.next() == 0 ? Wire.answer("{}", status: "503 No") : Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, "Idempotency-Key: order-1\r\n")
            #expect(answer.status == 200)
            let keys = rig.upstream.requests.map { $0["idempotency-key"] }
            #expect(keys.count == 2 && keys[0] == "order-1" && keys[0] == keys[1], "\(keys)")
        }
    }
}
