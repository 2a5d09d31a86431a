// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceCore

/// A message as a channel takes it: one POST.
struct AlertRequest: Equatable {
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(_ url: String, _ body: JSONValue, headers: [(name: String, value: String)] = []) {
        self.url = url
        self.body = body.json
        self.headers = [("content-type", "application/json")] + headers
    }

    static func == (left: AlertRequest, right: AlertRequest) -> Bool {
        left.url == right.url && left.body == right.body && left.headers.elementsEqual(right.headers, by: ==)
    }
}

/// Messages in the formats of their receivers, as these document them.
enum AlertFormat {
    /// - Parameter seconds: Unix time of the sending, for signatures.
    static func request(_ message: AlertMessage, to target: ConfiguredChannel.Target, at seconds: Int64) -> AlertRequest
    {
        switch target {
        case .slack(let url): AlertRequest(url.exposed, slack(message))
        case .pagerduty(let url, let key): AlertRequest(url, pagerduty(message, routingKey: key.exposed))
        case .alertmanager(let url, let token):
            AlertRequest(
                url + "/api/v2/alerts",
                alertmanager(message),
                headers: token.map { [("authorization", "Bearer \($0.exposed)")] } ?? []
            )
        case .webhook(let url, let key): webhook(message, url: url.exposed, key: key.exposed, at: seconds)
        }
    }

    // MARK: Slack

    /// An incoming webhook's message: `text` for notifications, blocks for the eye.
    ///
    /// A section holds 3 000 characters, and `&`, `<` and `>` are escaped (Slack's "Formatting text for app surfaces").
    static func slack(_ message: AlertMessage) -> JSONValue {
        let sign =
            switch message.severity {
            case .critical: ":rotating_light:"
            case .warning: ":warning:"
            case .info: ":information_source:"
            }
        let text = escaped(message.text, to: 2_800)
        var blocks: [JSONValue] = [
            [
                "type": "section",
                "text": ["type": "mrkdwn", "text": .string("\(sign) \(text)")],
            ]
        ]
        let facts = facts(message).prefix(10).map { name, value -> JSONValue in
            let line = "*\(name)*\n\(escaped(value, to: 1_000))"
            return ["type": "mrkdwn", "text": .string(line)]
        }
        if !facts.isEmpty { blocks.append(["type": "section", "fields": .array(Array(facts))]) }
        let note = "\(message.kind) · \(message.at)"
        blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": .string(escaped(note, to: 1_000))]]])
        return ["text": .string(text), "blocks": .array(blocks)]
    }

    /// The text with its three special characters escaped, of so many bytes at most; no escape is cut.
    private static func escaped(_ text: String, to limit: Int) -> String {
        var result = ""
        for character in text {
            let piece =
                switch character {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                default: String(character)
                }
            if result.utf8.count + piece.utf8.count > limit - 3 { return result + "…" }
            result += piece
        }
        return result
    }

    private static func facts(_ message: AlertMessage) -> [(String, String)] {
        let known = [
            ("rollout", message.rolloutText("rollout_id")), ("route", message.rolloutText("route")),
            ("canary", message.rolloutText("canary")), ("baseline", message.rolloutText("baseline")),
            ("state", message.rolloutText("state")),
            ("next", message.rolloutText("rollout_id").map { "sluice rollout explain \($0)" }),
        ]
        return known.compactMap { name, value in value.map { (name, $0) } }
    }

    // MARK: PagerDuty

    /// An event of the Events API v2: trigger, or resolve where the news ends what was told before; one incident a rollout.
    static func pagerduty(_ message: AlertMessage, routingKey: String) -> JSONValue {
        var event: JSONObject = [
            "routing_key": .string(routingKey),
            "event_action": message.isEnding ? "resolve" : "trigger",
            // At most 255 characters.
            "dedup_key": .string(AlertMessage.cut("sluice/\(message.subject)", to: 255)),
            "client": "Sluice",
        ]
        var payload: JSONObject = [
            "summary": .string(AlertMessage.cut(message.text, to: 1_024)),
            "source": .string(message.rolloutText("route") ?? "sluice"),
            "severity": .string(message.severity.rawValue),
            "timestamp": .string(message.at),
            "component": "sluice",
            "class": .string(message.kind),
            "custom_details": .object(message.payload),
        ]
        if let route = message.rolloutText("route") { payload["group"] = .string(route) }
        event["payload"] = .object(payload)
        return .object(event)
    }

    // MARK: Alertmanager

    /// Alerts of the API v2.
    ///
    /// Labels are an alert's identity, so they hold what stays the same while it lasts; without an
    /// end it would be taken for resolved after some minutes of silence.
    static func alertmanager(_ message: AlertMessage) -> JSONValue {
        let name = message.rollout == nil ? "SluiceNotice" : "SluiceRollout"
        var labels: JSONObject = ["alertname": .string(name), "subject": .string(message.subject)]
        for label in ["route", "canary"] {
            if let value = message.rolloutText(label) { labels[label] = .string(value) }
        }
        let severities: [AlertMessage.Severity] = message.isEnding ? [.warning, .critical] : [message.severity]
        return .array(
            severities.map { severity in
                var labels = labels
                labels["severity"] = .string(severity.rawValue)
                let start = message.at
                return [
                    "labels": .object(labels),
                    "annotations": [
                        "summary": .string(AlertMessage.cut(message.text, to: 1_024)), "kind": .string(message.kind),
                    ],
                    "startsAt": .string(start),
                    "endsAt": .string(message.isEnding ? start : dayAfter(start)),
                ]
            }
        )
    }

    private static func dayAfter(_ moment: String) -> String {
        guard let start = Timestamp(moment) else { return moment }
        return start.advanced(bySeconds: 86_400).description
    }

    // MARK: Webhook

    /// The news as it is, with its number, signed: `x-sluice-signature: t=SECONDS,v1=HEX` is the HMAC-SHA256 of
    /// `SECONDS.BODY` under the channel's secret.
    static func webhook(_ message: AlertMessage, url: String, key: String, at seconds: Int64) -> AlertRequest {
        var body: JSONObject = ["id": .integer("\(message.sequence)")]
        for member in message.payload.members { body[member.name] = member.value }
        var request = AlertRequest(url, .object(body))
        let signed = Array("\(seconds).".utf8) + request.body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Array(key.utf8)))
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        request.headers += [
            ("x-sluice-event", message.kind), ("x-sluice-delivery", "\(message.sequence)"),
            ("x-sluice-signature", "t=\(seconds),v1=\(hex)"),
        ]
        return request
    }
}
