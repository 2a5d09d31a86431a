// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// What a use case decided: the changes and their audit entries, one transaction.
struct Decision<Answer> {
    var changes: [StoreChange]
    var audit: [AuditDraft]
    /// What those who follow rollouts are told, once this is committed.
    var news: [RolloutNews] = []
    var answer: Answer

    init(_ changes: [StoreChange] = [], audit: [AuditDraft] = [], answer: Answer) {
        self.changes = changes
        self.audit = audit
        self.answer = answer
    }

    /// The same decision with another answer.
    func answering<Other>(_ other: Other) -> Decision<Other> {
        var decision = Decision<Other>(changes, audit: audit, answer: other)
        decision.news = news
        return decision
    }

    /// What a rollout's log gets with it.
    func evidence(of rollout: RolloutID) -> [ReplayEvent] {
        changes.flatMap { change -> [ReplayEvent] in
            if case .appendEvidence(let events, rollout, _) = change { return events }
            return []
        }
    }

    /// Nothing to write.
    static func nothing(_ answer: Answer) -> Decision { Decision(answer: answer) }
}

/// Who makes a change, when, and why.
package struct Change: Sendable {
    /// `admin`, `file`, `sluice`, or the name of a role's token.
    package var actor: String
    package var reason: String
    /// The only team whose things may be changed; absent for who may change everybody's.
    package var team: String?

    package init(by actor: String, because reason: String = "", within team: String? = nil) {
        self.actor = actor
        self.reason = reason
        self.team = team
    }

    /// Whose token it is: what a header says of who stands behind it does not make another person.
    var person: String { String(actor.prefix { $0 != ":" }) }

    /// Reasons are kept for ever; this many characters of one are.
    static let reasonLimit = 2_000

    func draft(
        _ action: String,
        _ subject: String,
        at now: Timestamp,
        before: JSONObject? = nil,
        after: JSONObject? = nil
    ) -> AuditDraft {
        AuditDraft(
            at: now,
            actor: actor,
            action: action,
            subject: subject,
            reason: String(reason.prefix(Change.reasonLimit)),
            before: before.map { JSONValue.object($0).jsonText },
            after: after.map { JSONValue.object($0).jsonText }
        )
    }
}
