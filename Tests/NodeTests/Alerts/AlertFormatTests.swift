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

    @Test("PagerDuty gets one incident a rollout: triggered by bad news, resolved by what ends it")
    func pagerduty() throws {
        let target = ConfiguredChannel.Target.pagerduty(url: "http://p/", routingKey: Secret("R"))
        func events(_ message: AlertMessage) throws -> [JSONObject] {
            try AlertFormat.requests(message, to: target, at: 0).map {
                try #require(try JSONValue(parsing: $0.body).object)
            }
        }
        let bad = try #require(try events(message("rollout.rolled_back", "critical")).first)
        #expect(bad["routing_key"] == "R")
        #expect(bad["event_action"] == "trigger")
        #expect(bad["dedup_key"] == "sluice/rollout/r1")
        let payload = try #require(bad["payload"]?.object)
        #expect(payload["severity"] == "critical")
        #expect(payload["summary"] == "Rollout r1 was rolled back.")
        #expect(payload["source"] == "chat" && payload["class"] == "rollout.rolled_back")
        #expect(payload["timestamp"] == "2026-11-20T10:00:00.000Z")
        for kind in AlertKind.endings where kind.hasPrefix("rollout.") {
            let good = try events(message(kind, "info"))
            #expect(good.map { $0["event_action"] } == ["resolve"], "\(kind)")
            #expect(good.first?["dedup_key"] == "sluice/rollout/r1")
        }
        let long = message("rollout.held", "warning", text: String(repeating: "x", count: 5_000))
        let summary = try events(long).first?["payload"]?.object?["summary"]?.string
        #expect((summary?.utf8.count ?? .max) <= 1_024)
        let test = try events(message(AlertKind.test, "info"))
        #expect(test.map { $0["event_action"] } == ["trigger", "resolve"], "a test leaves no incident open")
    }

    @Test("Alertmanager gets one firing alert a rollout, whatever its severity was before, and an end")
    func alertmanager() throws {
        func alerts(_ kind: String, _ severity: String) throws -> [JSONObject] {
            try #require(AlertFormat.alertmanager(message(kind, severity)).array).map { try #require($0.object) }
        }
        func firing(_ alerts: [JSONObject]) -> [JSONObject] { alerts.filter { $0["startsAt"] != $0["endsAt"] } }
        let held = try alerts("rollout.held", "warning")
        #expect(firing(held).map { $0["endsAt"] } == ["2026-11-27T10:00:00.000Z"], "a hold lasts")
        let back = try alerts("rollout.rolled_back", "critical")
        #expect(firing(back).map { $0["endsAt"] } == ["2026-11-21T10:00:00.000Z"])
        #expect(firing(back).first?["labels"]?.object?["severity"] == "critical")
        let label = firing(held).first?["labels"]
        #expect(label?.object?["alertname"] == "SluiceRollout")
        #expect(back.contains { $0["labels"] == label && $0["startsAt"] == $0["endsAt"] }, "the hold is over")
        let good = try alerts("rollout.resumed", "info")
        #expect(firing(good).isEmpty)
        #expect(good.contains { $0["labels"] == label }, "the same alert is ended")
        let name = try Regex("[a-zA-Z_][a-zA-Z0-9_]*")
        for label in label?.object?.names ?? [] { #expect(label.wholeMatch(of: name) != nil) }
    }

    @Test("news of routes and prices has a subject of its own")
    func subjects() throws {
        func other(_ kind: String, _ facts: JSONObject) -> AlertMessage {
            let payload = JSONValue.object(facts).jsonText
            return AlertMessage(
                OutboxMessage(channel: "c", kind: kind, payload: payload, createdAt: Timestamp(nanoseconds: 0))
            )
        }
        let price = other(AlertKind.priceMissing, ["provider": "main", "model": "gpt-5"])
        #expect(price.subject == "price/main/gpt-5" && !price.isEnding)
        let out = other(AlertKind.routeUnserved, ["route": "chat"])
        let back = other(AlertKind.routeServed, ["route": "chat"])
        #expect(out.subject == "route/chat" && back.subject == out.subject)
        #expect(!out.isEnding && back.isEnding)
        #expect(
            AlertFormat.pagerduty(out, routingKey: "R", isEnding: false).object?["payload"]?.object?["source"] == "chat"
        )
        #expect(AlertFormat.alertmanager(price).array?.count == 1)
    }

    @Test("a webhook is signed: HMAC-SHA256 of time and body, as openssl computes it")
    func webhook() throws {
        let request = AlertFormat.webhook(
            message("rollout.held", "warning"),
            url: "http://x/",
            key: "k1",
            at: 1_700_000_000
        )
        let body = try JSONValue(parsing: request.body).object
        #expect(body?["id"]?.string == "7-0" && body?["kind"] == "rollout.held")
        #expect(request.headers.contains { $0 == ("x-sluice-delivery", "7-0") })
        let signature = request.headers.first { $0.name == "x-sluice-signature" }?.value
        #expect(signature == WebhookCheck.header(request.body, key: "k1", at: 1_700_000_000))
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac k1
        #expect(
            WebhookCheck.header(Array("{}".utf8), key: "k1", at: 1_700_000_000)
                == "t=1700000000,v1=785007fcdfc0a1ff84024b971255b4ed6d6252a8ab40f7c5a4ea4f4da336a83b"
        )
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

    @Test("what a receiver repeats of our secrets is not told")
    func hidden() {
        let secrets = ["https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/zzYYxxWW", "R0123456789ABCDEF"]
        let body = "no R0123456789ABCDEF at /services/T0AAAAAAA/B0AAAAAAA/zzYYxxWW"
        let problem = HTTPMessenger.delivery(status: 404, retryAfter: nil, body: body, hiding: secrets).problem ?? ""
        for part in ["R0123456789ABCDEF", "zzYYxxWW", "B0AAAAAAA"] { #expect(!problem.contains(part)) }
        #expect(problem.hasPrefix("status 404: no <redacted>"))
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
