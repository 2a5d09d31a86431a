// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

/// Something channels are told of besides rollouts.
struct Alert {
    enum Severity: String { case info, warning, critical }

    var kind: String
    var severity: Severity
    /// One sentence for people, and what to do.
    var text: String
    var at: Timestamp
    /// What it is about: `route`, or `provider` and `model`.
    var facts: JSONObject = [:]

    /// `{kind, severity, text, at, …}`, as news of rollouts has it.
    private var payload: JSONObject {
        var payload: JSONObject = [
            "kind": .string(kind), "severity": .string(severity.rawValue), "text": .string(text),
            "at": .string(at.description),
        ]
        for fact in facts.members { payload[fact.name] = fact.value }
        return payload
    }

    func message(to channel: String) -> OutboxMessage {
        OutboxMessage(channel: channel, kind: kind, payload: JSONValue.object(payload).jsonText, createdAt: at)
    }

    /// For the outbox: one message for each channel that wants to hear of it.
    func messages(to channels: [AlertChannel]) -> [StoreChange] {
        channels.filter { $0.wants(kind) }.map { .enqueue(message(to: $0.name)) }
    }
}
