// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import SluiceRelease

/// A message of the outbox, read: what all formats are made of.
struct AlertMessage {
    enum Severity: String, CaseIterable {
        case info, warning, critical
    }

    /// Names the message: the same for every try, another for every other message of any store.
    var id: String
    var kind: String
    var severity: Severity
    var text: String
    var at: String
    /// Everything the news carries.
    var payload: JSONObject

    init(_ message: OutboxMessage) {
        let value = try? JSONValue(parsing: Array(message.payload.utf8))
        payload = value?.object ?? JSONObject()
        id = "\(message.sequence)-\(String(UInt64(clamping: message.createdAt.nanoseconds / 1_000), radix: 36))"
        kind = message.kind
        severity = payload["severity"]?.string.flatMap(Severity.init) ?? .warning
        text = payload["text"]?.string ?? message.kind
        at = payload["at"]?.string ?? message.createdAt.description
    }

    var rollout: JSONObject? { payload["rollout"]?.object }

    /// A fact of the rollout, or of what else the news is about: `route`, `canary`, `model`.
    func fact(_ name: String) -> String? { (rollout?[name] ?? payload[name])?.string }

    /// Whether it ends what an earlier alert of the same subject reported.
    var isEnding: Bool { AlertKind.endings.contains(kind) }

    /// Whether it reports something that lasts until somebody acts.
    var isLasting: Bool { AlertKind.lasting.contains(kind) }

    var isTest: Bool { kind == AlertKind.test }

    /// What it is about, the same for all news of one rollout, one route, or one model without a price.
    var subject: String {
        if let id = fact("rollout_id") { return "rollout/\(id)" }
        if let provider = fact("provider"), let model = fact("model") { return "price/\(provider)/\(model)" }
        return fact("route").map { "route/\($0)" } ?? kind
    }

    /// At most so many bytes of UTF-8, cut between characters.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var result = ""
        var count = 0
        for character in text {
            count += character.utf8.count
            if count > limit - 3 { break }
            result.append(character)
        }
        return result + "…"
    }
}
