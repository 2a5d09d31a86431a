// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceControl
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
    /// What is to be sent, one after the other; a test that opens an incident closes it too.
    ///
    /// - Parameter seconds: Unix time of the sending, for signatures.
    static func requests(
        _ message: AlertMessage,
        to target: ConfiguredChannel.Target,
        at seconds: Int64
    ) -> [AlertRequest] {
        switch target {
        case .slack(let url): return [AlertRequest(url.exposed, slack(message))]
        case .pagerduty(let url, let key):
            let events = message.isTest ? [false, true] : [message.isEnding]
            return events.map { isEnding in
                AlertRequest(url, pagerduty(message, routingKey: key.exposed, isEnding: isEnding))
            }
        case .alertmanager(let url, let token):
            let headers = token.map { [(name: "authorization", value: "Bearer \($0.exposed)")] } ?? []
            return [AlertRequest(url + "/api/v2/alerts", alertmanager(message), headers: headers)]
        case .webhook(let url, let key): return [webhook(message, url: url.exposed, key: key.exposed, at: seconds)]
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
        let names = ["rollout_id", "route", "canary", "baseline", "state", "provider", "model"]
        let known =
            names.map { ($0 == "rollout_id" ? "rollout" : $0, message.fact($0)) }
            + [("next", message.fact("rollout_id").map { "sluice rollout explain \($0)" })]
        return known.compactMap { name, value in value.map { (name, $0) } }
    }

    // MARK: PagerDuty

    /// An event of the Events API v2: `trigger`, or `resolve` for what ends it; one incident a rollout, route or model.
    ///
    /// At most 255 characters of `dedup_key` and 1 024 of `summary` are taken
    /// (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/).
    static func pagerduty(_ message: AlertMessage, routingKey: String, isEnding: Bool) -> JSONValue {
        var event: JSONObject = [
            "routing_key": .string(routingKey),
            "event_action": isEnding ? "resolve" : "trigger",
            "dedup_key": .string(AlertMessage.cut("sluice/\(message.subject)", to: 255)),
            "client": "Sluice",
        ]
        var payload: JSONObject = [
            "summary": .string(AlertMessage.cut(message.text, to: 1_024)),
            "source": .string(message.fact("route") ?? "sluice"),
            "severity": .string(message.severity.rawValue),
            "timestamp": .string(message.at),
            "component": "sluice",
            "class": .string(message.kind),
            "custom_details": .object(message.payload),
        ]
        if let route = message.fact("route") { payload["group"] = .string(route) }
        event["payload"] = .object(payload)
        return .object(event)
    }

    // MARK: Alertmanager

    /// Alerts of the API v2.
    ///
    /// Labels are an alert's identity, so they hold what stays the same while it lasts. The severity is one of them, for
    /// routing: where it changes, the alert of the former severity ends. Without an end of its own an alert would be
    /// taken for resolved after some minutes of silence.
    static func alertmanager(_ message: AlertMessage) -> JSONValue {
        var labels: JSONObject = ["alertname": .string(alertName(message)), "subject": .string(message.subject)]
        for label in ["route", "canary", "provider", "model"] {
            if let value = message.fact(label) { labels[label] = .string(value) }
        }
        let isAlone = message.rollout == nil && !message.isEnding
        let severities = isAlone ? [message.severity] : AlertMessage.Severity.allCases
        return .array(
            severities.map { severity in
                var labels = labels
                labels["severity"] = .string(severity.rawValue)
                let isFiring = severity == message.severity && !message.isEnding
                return [
                    "labels": .object(labels),
                    "annotations": [
                        "summary": .string(AlertMessage.cut(message.text, to: 1_024)), "kind": .string(message.kind),
                    ],
                    "startsAt": .string(message.at),
                    "endsAt": .string(isFiring ? end(of: message) : message.at),
                ]
            }
        )
    }

    private static func alertName(_ message: AlertMessage) -> String {
        if message.rollout != nil { return "SluiceRollout" }
        switch message.kind {
        case AlertKind.priceMissing: return "SluicePriceMissing"
        case AlertKind.costDrift: return "SluiceCostDrift"
        case AlertKind.routeUnserved, AlertKind.routeServed: return "SluiceRouteUnserved"
        default: return "SluiceTest"
        }
    }

    /// What lasts is firing for a week, if nobody ends it; other news for a day, a test for five minutes.
    private static func end(of message: AlertMessage) -> String {
        guard let start = Timestamp(message.at) else { return message.at }
        let seconds: Int64 = message.isTest ? 300 : message.isLasting ? 604_800 : 86_400
        return start.advanced(bySeconds: seconds).description
    }

    // MARK: Webhook

    /// The news as it is, with its number, signed: `x-sluice-signature: t=SECONDS,v1=HEX` is the HMAC-SHA256 of
    /// `SECONDS.BODY` under the channel's secret.
    static func webhook(_ message: AlertMessage, url: String, key: String, at seconds: Int64) -> AlertRequest {
        var body: JSONObject = ["id": .string(message.id)]
        for member in message.payload.members { body[member.name] = member.value }
        var request = AlertRequest(url, .object(body))
        let signed = Array("\(seconds).".utf8) + request.body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Array(key.utf8)))
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        request.headers += [
            ("x-sluice-event", message.kind), ("x-sluice-delivery", message.id),
            ("x-sluice-signature", "t=\(seconds),v1=\(hex)"),
        ]
        return request
    }
}
