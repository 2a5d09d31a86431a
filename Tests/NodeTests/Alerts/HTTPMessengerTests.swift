// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import SluiceRelease
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceNode

@Suite("Alerts over a socket")
struct HTTPMessengerTests {
    private let message = OutboxMessage(
        channel: "c",
        kind: "rollout.held",
        payload: #"{"kind":"rollout.held","severity":"warning","text":"a <b>","at":"2026-11-20T10:00:00.000Z","#
            + #""rollout":{"rollout_id":"r1","route":"chat","canary":"v2"}}"#,
        createdAt: Timestamp(nanoseconds: 0)
    )

    /// Sends the message to a receiver that answers as told, once an answer; gives what came of each and what it saw.
    private func sent(
        _ answers: [String],
        limit: Duration = .seconds(10),
        _ target: (String) -> ConfiguredChannel.Target
    ) async throws -> (deliveries: [Delivery], requests: [RawRequest]) {
        let answering = Answers(answers)
        let receiver = try ScriptedUpstream { _, connection in
            guard let answer = answering.next() else { return false }
            connection.send(answer)
            return true
        }
        defer { receiver.stop() }
        let channel = ConfiguredChannel(name: "c", target: target("http://127.0.0.1:\(receiver.port)"), kinds: [])
        let messenger = HTTPMessenger([channel], limit: limit) { Timestamp(nanoseconds: 1_700_000_000_000_000_000) }
        var deliveries: [Delivery] = []
        for _ in answers { deliveries.append(await messenger.send(message)) }
        await messenger.stop()
        return (deliveries, receiver.requests)
    }

    private func answer(_ status: String, _ headers: String = "", _ body: String = "ok") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test("a channel behind the environment's proxy is reached by CONNECT, with the proxy's credentials")
    func throughProxy() async throws {
        let refusal = answer("403 Forbidden")
        let receiver = try ScriptedUpstream { _, connection in
            connection.send(refusal)
            return false
        }
        defer { receiver.stop() }
        var channel = ConfiguredChannel(
            name: "c",
            target: .webhook(url: Secret("https://hooks.example.com/x"), key: Secret("zq83hQpLw2Xk11Aa")),
            kinds: []
        )
        channel.proxy = try ProxyAddress(validating: "http://me:pass@127.0.0.1:\(receiver.port)")
        let messenger = HTTPMessenger([channel], limit: .seconds(5)) { Timestamp(nanoseconds: 0) }
        let delivery = await messenger.send(message)
        await messenger.stop()
        #expect(delivery != .delivered)
        let request = try #require(receiver.requests.first)
        #expect(request.head.hasPrefix("CONNECT hooks.example.com:443 HTTP/1.1\r\n"))
        #expect(request["proxy-authorization"] == "Basic bWU6cGFzcw==")
    }

    @Test("each format is one POST of JSON to its place")
    func formats() async throws {
        let key = "zq83hQpLw2Xk11Aa"
        let targets: [(String, (String) -> ConfiguredChannel.Target)] = [
            ("/services/T/B/x", { .slack(url: Secret($0 + "/services/T/B/x")) }),
            ("/v2/enqueue", { .pagerduty(url: $0 + "/v2/enqueue", routingKey: Secret("R0123456789ABCDEF")) }),
            ("/am/api/v2/alerts", { .alertmanager(url: $0 + "/am", token: Secret("bearer-123")) }),
            ("/hook?a=b", { .webhook(url: Secret($0 + "/hook?a=b"), key: Secret(key)) }),
        ]
        for (path, target) in targets {
            let (deliveries, requests) = try await sent([answer("202 Accepted")], target)
            #expect(deliveries == [.delivered], "\(path)")
            let request = try #require(requests.first)
            #expect(request.head.hasPrefix("POST \(path) HTTP/1.1\r\n"))
            #expect(request["content-type"] == "application/json")
            #expect(request["user-agent"]?.hasPrefix("sluice/") == true)
            _ = try JSONValue(parsing: request.body)
            switch path {
            case "/services/T/B/x": #expect(request.text.contains("a &lt;b&gt;"))
            case "/v2/enqueue": #expect(request.text.contains(#""event_action":"trigger""#))
            case "/am/api/v2/alerts": #expect(request["authorization"] == "Bearer bearer-123")
            default: #expect(WebhookCheck.time(of: request, key: key) == 1_700_000_000)
            }
        }
    }

    @Test("429 waits as long as it says, 500 is tried again, and what comes after is taken")
    func retries() async throws {
        let answers = [
            answer("429 Too Many Requests", "retry-after: 7\r\n", "slow down"), answer("500 Oops", "", "broken"),
            answer("200 OK"),
        ]
        let (deliveries, requests) = try await sent(answers) { .slack(url: Secret($0 + "/x")) }
        #expect(
            deliveries == [
                .failed("status 429: slow down", after: .seconds(7)), .failed("status 500: broken", after: nil),
                .delivered,
            ]
        )
        #expect(requests.count == 3 && Set(requests.map(\.text)).count == 1, "the same message each time")
    }

    @Test("a redirect is not followed, and its place is not told")
    func redirect() async throws {
        let redirect = answer("307 Temporary Redirect", "location: http://127.0.0.1:1/elsewhere\r\n", "")
        let (deliveries, requests) = try await sent([redirect]) { .slack(url: Secret($0 + "/x")) }
        #expect(deliveries == [.failed("status 307", after: nil)])
        #expect(requests.count == 1)
    }

    @Test("nobody listens, nobody answers, and an answer that never ends: each is a failure in bounded time")
    func silence() async throws {
        // Not a port that was free a moment ago: another test may have it by now.
        let channel = ConfiguredChannel(
            name: "c",
            target: .slack(url: Secret("http://127.0.0.1:1/services/zzYYxx")),
            kinds: []
        )
        let messenger = HTTPMessenger([channel]) { Timestamp(nanoseconds: 0) }
        let refused = await messenger.send(message)
        #expect(refused == .failed("connection refused", after: nil))
        await messenger.stop()

        let gate = Gate()
        let hanging = try ScriptedUpstream { _, _ in
            gate.pass()
            return false
        }
        let slow = ConfiguredChannel(
            name: "c",
            target: .slack(url: Secret("http://127.0.0.1:\(hanging.port)/x")),
            kinds: []
        )
        let impatient = HTTPMessenger([slow], limit: .milliseconds(200)) { Timestamp(nanoseconds: 0) }
        #expect(await impatient.send(message) == .failed("no answer in time", after: nil))
        gate.open()
        await impatient.stop()
        hanging.stop()

        let stuck = try ScriptedUpstream { _, connection in
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx")
            gate.pass()
            return false
        }
        let half = ConfiguredChannel(
            name: "c",
            target: .slack(url: Secret("http://127.0.0.1:\(stuck.port)/x")),
            kinds: []
        )
        let content = HTTPMessenger([half], limit: .milliseconds(200)) { Timestamp(nanoseconds: 0) }
        #expect(await content.send(message) == .delivered)
        gate.open()
        await content.stop()
        stuck.stop()

        // The status is what counts; more of the answer than is of use is not read.
        let endless = "HTTP/1.1 503 Busy\r\ncontent-length: 1000000\r\n\r\n" + String(repeating: "x", count: 40_000)
        let (deliveries, _) = try await sent([endless], limit: .seconds(5)) { .slack(url: Secret($0 + "/x")) }
        #expect(deliveries == [.failed("status 503", after: nil)])
    }
}

/// Answers in order, for a receiver's threads.
private final class Answers: Sendable {
    private let left: Mutex<[String]>

    init(_ answers: [String]) { left = Mutex(answers) }

    func next() -> String? { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
