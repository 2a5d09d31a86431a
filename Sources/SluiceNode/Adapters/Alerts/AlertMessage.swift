// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import SluiceRelease

/// A message of the outbox, read: what all formats are made of.
struct AlertMessage {
    enum Severity: String {
        case info, warning, critical
    }

    /// The outbox's number: the same for every try.
    var sequence: Int64
    var kind: String
    var severity: Severity
    var text: String
    var at: String
    /// Everything the news carries.
    var payload: JSONObject

    init(_ message: OutboxMessage) {
        let value = try? JSONValue(parsing: Array(message.payload.utf8))
        payload = value?.object ?? JSONObject()
        sequence = message.sequence
        kind = message.kind
        severity = payload["severity"]?.string.flatMap(Severity.init) ?? .warning
        text = payload["text"]?.string ?? message.kind
        at = payload["at"]?.string ?? message.createdAt.description
    }

    var rollout: JSONObject? { payload["rollout"]?.object }

    func rolloutText(_ name: String) -> String? { rollout?[name]?.string }

    /// Whether it ends what was told before of the same subject.
    var isEnding: Bool { AlertKind.endings.contains(kind) }

    /// What it is about, the same for all news of one rollout, or of one model without a price.
    var subject: String {
        if let id = rolloutText("rollout_id") { return "rollout/\(id)" }
        if let provider = payload["provider"]?.string, let model = payload["model"]?.string {
            return "price/\(provider)/\(model)"
        }
        return kind
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
