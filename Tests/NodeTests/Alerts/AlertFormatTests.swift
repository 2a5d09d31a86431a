// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import SluiceRelease
import Testing

@testable import SluiceNode

@Suite("Alerts in their receivers' formats")
struct AlertFormatTests {
    private func message(_ kind: String, _ severity: String, text: String = "Rollout r1 was rolled back.")
        -> AlertMessage
    {
        let payload: JSONObject = [
            "kind": .string(kind), "severity": .string(severity), "text": .string(text),
            "at": "2026-11-20T10:00:00.000Z",
            "rollout": ["rollout_id": "r1", "route": "chat", "canary": "v2", "baseline": "v1", "state": "rolled back"],
        ]
        var message = OutboxMessage(
            channel: "c",
            kind: kind,
            payload: JSONValue.object(payload).jsonText,
            createdAt: Timestamp(nanoseconds: 0)
        )
        message.sequence = 7
        return AlertMessage(message)
    }

    @Test("Slack gets text and blocks, with its three characters escaped and its limits kept")
    func slack() throws {
        let body = try #require(AlertFormat.slack(message("rollout.held", "warning", text: "a<b> & c")).object)
        #expect(body["text"] == "a&lt;b&gt; &amp; c")
        let blocks = try #require(body["blocks"]?.array)
        #expect(blocks.first?.object?["text"]?.object?["text"] == ":warning: a&lt;b&gt; &amp; c")
        #expect(blocks.map { $0.object?["type"] } == ["section", "section", "context"])
        let fields = try #require(blocks[1].object?["fields"]?.array)
        #expect(fields.count <= 10)
        #expect(fields.contains { $0.object?["text"] == "*next*\nsluice rollout explain r1" })
        let long = AlertFormat.slack(message("rollout.held", "warning", text: String(repeating: "é<", count: 9_000)))
        let section = try #require(long.object?["blocks"]?.array?.first?.object?["text"]?.object?["text"]?.string)
        #expect(section.count <= 3_000)
    }

    @Test("PagerDuty gets one incident a rollout: triggered by bad news, resolved by good")
    func pagerduty() throws {
        let bad = try #require(
            AlertFormat.pagerduty(message("rollout.rolled_back", "critical"), routingKey: "R").object
        )
        #expect(bad["routing_key"] == "R")
        #expect(bad["event_action"] == "trigger")
        #expect(bad["dedup_key"] == "sluice/rollout/r1")
        let payload = try #require(bad["payload"]?.object)
        #expect(payload["severity"] == "critical")
        #expect(payload["summary"] == "Rollout r1 was rolled back.")
        #expect(payload["source"] == "chat" && payload["class"] == "rollout.rolled_back")
        #expect(payload["timestamp"] == "2026-11-20T10:00:00.000Z")
        let good = AlertFormat.pagerduty(message("rollout.resumed", "info"), routingKey: "R").object
        #expect(good?["event_action"] == "resolve" && good?["dedup_key"] == "sluice/rollout/r1")
        let long = message("rollout.held", "warning", text: String(repeating: "x", count: 5_000))
        let summary = AlertFormat.pagerduty(long, routingKey: "R").object?["payload"]?.object?["summary"]?.string
        #expect((summary?.count ?? .max) <= 1_024)
    }

    @Test("Alertmanager gets labels that stay the same while it lasts, and an end")
    func alertmanager() throws {
        let bad = try #require(AlertFormat.alertmanager(message("rollout.held", "warning")).array?.first?.object)
        #expect(bad["endsAt"] == "2026-11-21T10:00:00.000Z")
        let good = try #require(AlertFormat.alertmanager(message("rollout.resumed", "info")).array)
        #expect(good.contains { $0.object?["labels"] == bad["labels"] }, "the same alert is ended")
        #expect(good.allSatisfy { $0.object?["endsAt"] == "2026-11-20T10:00:00.000Z" })
        #expect(bad["labels"]?.object?["alertname"] == "SluiceRollout")
        let name = try Regex("[a-zA-Z_][a-zA-Z0-9_]*")
        for label in bad["labels"]?.object?.names ?? [] { #expect(label.wholeMatch(of: name) != nil) }
    }

    @Test("a webhook is signed: HMAC-SHA256 of time and body, as any library computes it")
    func webhook() throws {
        let request = AlertFormat.webhook(
            message("rollout.held", "warning"),
            url: "http://x/",
            key: "k1",
            at: 1_700_000_000
        )
        let signature = request.headers.first { $0.name == "x-sluice-signature" }?.value
        #expect(signature?.hasPrefix("t=1700000000,v1=") == true)
        #expect(signature?.count == "t=1700000000,v1=".count + 64)
        #expect(request.headers.contains { $0 == ("x-sluice-delivery", "7") })
        let body = try JSONValue(parsing: request.body).object
        #expect(body?["id"] == .integer("7") && body?["kind"] == "rollout.held")
        let other = AlertFormat.webhook(
            message("rollout.held", "warning"),
            url: "http://x/",
            key: "k2",
            at: 1_700_000_000
        )
        #expect(other.body == request.body && other != request)
    }

    @Test("what an answer means", arguments: [200, 202, 204, 301, 400, 401, 404, 413, 422, 429, 500, 503])
    func answers(_ status: Int) {
        let delivery = HTTPMessenger.delivery(status: status, retryAfter: "30", body: "why\nmore")
        switch status {
        case 200..<300: #expect(delivery == .delivered)
        case 400, 413, 422: #expect(delivery == .refused("status \(status): why"))
        default: #expect(delivery == .failed("status \(status): why", after: .seconds(30)))
        }
    }

    @Test("a text is cut between characters, never in one")
    func cut() {
        #expect(AlertMessage.cut("short", to: 10) == "short")
        #expect(AlertMessage.cut("ééééé", to: 9) == "ééé…")
        #expect(AlertMessage.cut("ééééé", to: 9).utf8.count <= 9)
    }
}

@Suite("The alerts section")
struct AlertConfigurationTests {
    private func read(_ alerts: String) throws -> NodeConfiguration {
        try NodeConfiguration.read(
            "alerts: {channels: [\(alerts)]}",
            file: "sluice.yaml",
            environment: ["HOOK": "https://hooks.slack.com/services/T0/B0/zzYYxx"],
            now: Timestamp(nanoseconds: 0)
        )
    }

    @Test("each type with what it needs; without `on` what somebody has to act on")
    func types() throws {
        let read = try read(
            """
            {name: chat, type: slack, url: "${HOOK}"},
            {name: pager, type: pagerduty, routing_key: R0123456789ABCDEF, on: [rollout.rolled_back]},
            {name: am, type: alertmanager, url: "http://alertmanager:9093/"},
            {name: hook, type: webhook, url: "https://example.net/hook", secret: zq83hQpLw2Xk11Aa, on: all}
            """
        )
        #expect(read.alerts.map(\.kind) == [.slack, .pagerduty, .alertmanager, .webhook])
        let channels = read.alerts.map(\.channel)
        #expect(channels[0].kinds == Set(AlertKind.standard))
        #expect(channels[1].wants("rollout.rolled_back") && !channels[1].wants("rollout.held"))
        #expect(channels[1].wants("rollout.resumed"), "what closes the incident")
        #expect(channels[3].wants("price.missing") && channels[3].wants("rollout.stepped"))
        #expect(read.warnings.isEmpty)
        #expect(!String(reflecting: read).contains("zzYYxx"), "a webhook's URL is a secret")
    }

    @Test(
        "what does not fit is refused with its place, and no secret in the message",
        arguments: [
            ("{name: a, type: slack}", "url"), ("{name: a, type: smtp, url: x}", "type"),
            ("{name: a, type: slack, url: ftp://zzYYxx}", "url"),
            ("{name: a, type: slack, url: \"https://u:zzYYxx@h/\"}", "url"),
            ("{name: a, type: webhook, url: \"https://h/\", secret: short}", "secret"),
            ("{name: a, type: slack, url: \"https://h/\", secret: zq83hQpLw2Xk11Aa}", "secret"),
            ("{name: a, type: slack, url: \"https://h/\", on: [rollout.rolledback]}", "rollout.rolled_back"),
            ("{name: a b, type: slack, url: \"https://h/\"}", "name"),
            ("{name: a, type: slack, url: \"https://h/\"}, {name: a, type: slack, url: \"https://h/\"}", "already"),
        ]
    )
    func refused(_ text: String, _ told: String) {
        do {
            _ = try read(text)
            Issue.record("it was taken: \(text)")
        } catch {
            #expect("\(error)".contains(told))
            #expect(!"\(error)".contains("zzYYxx"))
        }
    }

    @Test("alerts in clear text over a network are warned of")
    func clearText() throws {
        #expect(try read("{name: a, type: slack, url: \"http://chat.example.net/x\"}").warnings.count == 1)
        #expect(try read("{name: a, type: slack, url: \"http://127.0.0.1:9/x\"}").warnings.isEmpty)
    }
}
