// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// A key just made: the only moment its text is known.
package struct NewKey: Sendable {
    package var key: CallerKey
    package var text: Secret<String>
    /// The key whose place this one takes, with the moment it dies.
    package var replaces: CallerKey?
}

extension ControlPlane {
    /// Keys of both owners, the file's first; never a text or a hash that could be used.
    package func keys() -> [CallerKey] { catalogue.keys }

    /// Keys of both owners that someone sees who may see one team's alone.
    package func keys(of team: String?) -> [CallerKey] {
        guard let team else { return catalogue.keys }
        return catalogue.keys.filter { $0.team == team }
    }

    /// When each key was shown last.
    package func lastUses() async throws(ControlError) -> [KeyID: Timestamp] {
        do throws(StoreError) { return try await store.lastUses() } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// Makes a key for a caller and answers its text, once.
    ///
    /// - Parameter maxConcurrency: Its requests in flight at the same time on one node; without it, the node's own limit.
    package func createKey(
        name: String,
        team: String? = nil,
        maxConcurrency: Int? = nil,
        _ change: Change
    ) async throws(ControlError) -> NewKey {
        try await createKey(KeyDraft(name: name, team: team, maxConcurrency: maxConcurrency), change)
    }

    /// Makes a key for a caller and answers its text, once.
    ///
    /// - Parameter replay: The caller's `Idempotency-Key`: the same call of the same caller within a day gets the same
    ///   answer, and makes nothing.
    package func createKey(
        _ draft: KeyDraft,
        replay: String? = nil,
        _ change: Change
    ) async throws(ControlError) -> NewKey {
        var draft = draft
        if let own = change.team {
            guard draft.team == nil || draft.team == own else { throw .unknownTeam(draft.team ?? "") }
            draft.team = own
        }
        try ControlPlane.check(draft)
        try draft.rateLimits.check()
        if let replay, !(1...255).contains(replay.utf8.count) {
            throw ControlError(.invalid, "Idempotency-Key must have 1 to 255 bytes.")
        }
        let marked = replay.map { words in
            KeyReplay(
                digest: KeyReplay.digest(of: [change.actor, words]),
                salt: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) },
                request: draft.fingerprint
            )
        }
        let made = try newKey(draft, marked, words: replay ?? "")
        let entry = change.draft("key.create", "key:\(made.key.id)", at: made.key.createdAt, after: made.key.record)
        let now = made.key.createdAt
        return try await self.change { catalogue throws(ControlError) in
            if let marked, let known = catalogue.key(madeUnder: marked, at: now) {
                return .nothing(try repeated(known, marked, words: replay ?? "", catalogue.definitions.keyPrefix))
            }
            guard !catalogue.keys.contains(where: { $0.id == made.key.id }) else { throw ControlError(.conflict) }
            if let user = made.key.user { _ = try catalogue.user(user) }
            var decision = Decision([.putKey(made.key)], audit: [entry], answer: made)
            let spending = draft.spending(of: made.key.id)
            if let limits = spending.limits {
                decision.changes.append(.setSetting(limits.setting, JSONValue.object(limits.record).jsonText))
                let subject = limits.entity.description
                decision.audit.append(change.draft("limits.set", subject, at: now, after: limits.record))
            }
            if let budget = spending.budget {
                decision.changes.append(.setSetting(budget.setting, JSONValue.object(budget.record).jsonText))
                let subject = "budget:\(budget.id)"
                decision.audit.append(change.draft("budget.create", subject, at: now, after: budget.record))
            }
            return decision
        }
    }

    /// The answer of a call that was made before, made again.
    private func repeated(
        _ key: CallerKey,
        _ asked: KeyReplay,
        words: String,
        _ prefix: String
    ) throws(ControlError) -> NewKey {
        guard let replay = key.replay, replay.request == asked.request else {
            throw ControlError(
                .invalid,
                "This Idempotency-Key was used for another key (\(key.id)).",
                hint: "Send another one with another request."
            )
        }
        var chance = replay.generator(words: words, pepper: pepper)
        guard let (id, text) = KeyText.generate(prefix: prefix, using: &chance), id == key.id,
            KeyText.hash(text.exposed.utf8, pepper: pepper) == key.hash
        else {
            throw ControlError(
                .conflict,
                "Key \(key.id) was made under this Idempotency-Key and cannot be shown again."
            )
        }
        return NewKey(key: key, text: text)
    }

    /// Changes some members of a key; requests from now on go by them.
    package func updateKey(_ id: String, _ patch: KeyPatch, _ change: Change) async throws(ControlError) -> CallerKey {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let old = try catalogue.ownKey(id, at: now, of: change.team)
            let key = try old.patched(patch, at: now)
            guard change.team == nil || key.team == change.team else { throw .unknownTeam(key.team ?? "") }
            if let user = key.user, user != old.user { _ = try catalogue.user(user) }
            guard key != old else { return .nothing(old) }
            guard old.revokedAt == nil else {
                throw ControlError(
                    .invalidState,
                    "Key \(old.id) was revoked.",
                    hint: "Make a new one: \(AdminHint.createKey(old.name))."
                )
            }
            let action =
                key.isBlocked == old.isBlocked ? "key.update" : key.isBlocked ? "key.block" : "key.unblock"
            let draft = change.draft(action, "key:\(key.id)", at: now, before: old.record, after: key.record)
            return Decision([.putKey(key)], audit: [draft], answer: key)
        }
    }

    private static func check(_ draft: KeyDraft) throws(ControlError) {
        try AccessRules.check(name: draft.name)
        if let team = draft.team { try AccessRules.check(name: team, field: "team") }
        if let maxConcurrency = draft.maxConcurrency, !CallerKey.concurrencyRange.contains(maxConcurrency) {
            let range = CallerKey.concurrencyRange
            throw ControlError(.invalid, "max_concurrency must be from \(range.lowerBound) to \(range.upperBound).")
        }
        try AccessRules.check(draft.scope)
        try AccessRules.check(tags: draft.tags)
        try AccessRules.check(metadata: draft.metadata)
        try AccessRules.check(lifetime: draft.lifetime)
    }

    /// A key by its id, or by the name of the only valid key that has it.
    package func key(_ text: String, of team: String? = nil) throws(ControlError) -> CallerKey {
        try catalogue.key(text, at: now(), of: team)
    }

    /// Ends a key now; every event loop knows before this returns.
    ///
    /// - Parameter id: Its id, or the name of the only valid key that has it.
    package func revokeKey(_ id: String, _ change: Change) async throws(ControlError) -> CallerKey {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let key = try catalogue.ownKey(id, at: now, of: change.team)
            guard key.revokedAt == nil else { return .nothing(key) }
            var revoked = key
            revoked.revokedAt = now
            revoked.validUntil = min(key.validUntil ?? now, now)
            let draft = change.draft(
                "key.revoke",
                "key:\(key.id)",
                at: now,
                before: key.record,
                after: revoked.record
            )
            return Decision([.putKey(revoked)], audit: [draft], answer: revoked)
        }
    }

    /// Makes a new key in the place of an old one, which goes on living for a while.
    ///
    /// - Parameter grace: How long; without it, what the configuration says (24 h).
    package func rotateKey(
        _ id: String,
        grace: Duration? = nil,
        _ change: Change
    ) async throws(ControlError) -> NewKey {
        let found = try catalogue.ownKey(id, at: now(), of: change.team)
        let made = try newKey(found.successor(at: now()))
        let now = made.key.createdAt
        return try await self.change { catalogue throws(ControlError) in
            let old = try catalogue.ownKey(found.id.rawValue, at: now, of: change.team)
            guard old.isValid(at: now) else {
                throw ControlError(
                    .invalidState,
                    "Key \(old.id) has ended at \(old.validUntil?.description ?? "an unknown moment").",
                    hint: "Make a new one: \(AdminHint.createKey(old.name))."
                )
            }
            if let successor = old.replacedBy {
                throw ControlError(
                    .conflict,
                    "Key \(old.id) was rotated already: \(successor) takes its place.",
                    hint: "Rotate that one: \(AdminHint.rotateKey(successor))."
                )
            }
            var ending = old
            let seconds = max(0, (grace ?? catalogue.definitions.keyRotationGrace).components.seconds)
            let end = now.advanced(bySeconds: seconds)
            ending.validUntil = min(old.validUntil ?? end, end)
            ending.replacedBy = made.key.id
            var after = made.key.record
            after["replaces"] = .string(old.id.rawValue)
            return Decision(
                [.putKey(made.key), .putKey(ending)],
                audit: [
                    change.draft("key.rotate", "key:\(old.id)", at: now, before: old.record, after: ending.record),
                    change.draft("key.create", "key:\(made.key.id)", at: now, after: after),
                ],
                answer: NewKey(key: made.key, text: made.text, replaces: ending)
            )
        }
    }

    private func newKey(
        _ draft: KeyDraft,
        _ replay: KeyReplay? = nil,
        words: String = ""
    ) throws(ControlError) -> NewKey {
        let prefix = catalogue.definitions.keyPrefix
        let generated: (id: KeyID, text: Secret<String>)?
        if let replay {
            var chance = replay.generator(words: words, pepper: pepper)
            generated = KeyText.generate(prefix: prefix, using: &chance)
        } else {
            generated = KeyText.generate(prefix: prefix, using: &random)
        }
        guard let (id, text) = generated else {
            throw ControlError(.invalid, "The key prefix of the configuration cannot be used.")
        }
        let now = now()
        let key = CallerKey(
            id: id,
            name: draft.name,
            team: draft.team,
            hash: KeyText.hash(text.exposed.utf8, pepper: pepper),
            createdAt: now,
            validUntil: draft.lifetime.map { now.advanced(by: $0) },
            owner: .api,
            maxConcurrency: draft.maxConcurrency,
            user: draft.user,
            scope: draft.scope,
            tags: draft.tags,
            isBlocked: draft.isBlocked,
            metadata: draft.metadata,
            replay: replay
        )
        return NewKey(key: key, text: text)
    }
}

extension CallerKey {
    /// What a key in its place shall be; it lives as long as this one would have.
    fileprivate func successor(at now: Timestamp) -> KeyDraft {
        var draft = KeyDraft(name: name, team: team, maxConcurrency: maxConcurrency)
        draft.user = user
        draft.scope = scope
        draft.tags = tags
        draft.metadata = metadata
        draft.isBlocked = isBlocked
        if let validUntil, replacedBy == nil {
            let left = validUntil.nanoseconds.subtractingReportingOverflow(now.nanoseconds).partialValue
            draft.lifetime = .nanoseconds(max(0, left))
        }
        return draft
    }

    fileprivate func patched(_ patch: KeyPatch, at now: Timestamp) throws(ControlError) -> CallerKey {
        var key = self
        if let name = patch.name {
            try AccessRules.check(name: name)
            key.name = name
        }
        patch.team.applied(to: &key.team)
        patch.user.applied(to: &key.user)
        patch.maxConcurrency.applied(to: &key.maxConcurrency)
        patch.metadata.applied(to: &key.metadata)
        if let routes = patch.routes { key.scope.routes = routes }
        if let operations = patch.operations { key.scope.operations = operations }
        if let tags = patch.tags { key.tags = tags }
        if let isBlocked = patch.isBlocked { key.isBlocked = isBlocked }
        if let team = key.team { try AccessRules.check(name: team, field: "team") }
        if let limit = key.maxConcurrency, !CallerKey.concurrencyRange.contains(limit) {
            let range = CallerKey.concurrencyRange
            throw ControlError(.invalid, "max_concurrency must be from \(range.lowerBound) to \(range.upperBound).")
        }
        try AccessRules.check(key.scope)
        try AccessRules.check(tags: key.tags)
        try AccessRules.check(metadata: key.metadata)
        switch patch.lifetime {
        case .keep: break
        case .clear where key.replacedBy == nil: key.validUntil = nil
        case .set(let lifetime) where key.replacedBy == nil:
            try AccessRules.check(lifetime: lifetime)
            key.validUntil = now.advanced(by: lifetime)
        case .clear, .set:
            throw ControlError(.invalidState, "Key \(id) was rotated: its grace decides when it ends.")
        }
        return key
    }
}

extension Catalogue {
    /// A key that the API may change, by its id or by the name of the only valid key that has it.
    ///
    /// - Parameter team: The only one whose keys there are.
    func ownKey(_ text: String, at now: Timestamp, of team: String? = nil) throws(ControlError) -> CallerKey {
        let key = try key(text, at: now, of: team)
        guard key.owner == .api else {
            throw ControlError(
                .readOnly,
                "Key \(key.id) (\(key.name)) is defined in the configuration file.",
                hint: "Change it there and reload."
            )
        }
        return key
    }

    /// The key that was made under the same `Idempotency-Key` not long ago.
    func key(madeUnder replay: KeyReplay, at now: Timestamp) -> CallerKey? {
        state.keys.first { key in
            key.replay?.digest == replay.digest && now < key.createdAt.advanced(by: KeyReplay.lifetime)
        }
    }

    /// A key by its id, or by the name of the only valid key that has it.
    func key(_ text: String, at now: Timestamp, of team: String? = nil) throws(ControlError) -> CallerKey {
        let keys = team == nil ? keys : keys.filter { $0.team == team }
        let named = keys.filter { $0.name == text && $0.isValid(at: now) }
        guard let key = keys.first(where: { $0.id.rawValue == text }) ?? (named.count == 1 ? named.first : nil) else {
            throw ControlError(
                named.isEmpty ? .notFound : .conflict,
                named.isEmpty ? "There is no key \"\(text.prefix(140))\"." : "Several keys are named \"\(text)\".",
                hint: named.isEmpty
                    ? "\(AdminHint.listKeys) lists them."
                    : "Use an id: \(named.map(\.id.rawValue).joined(separator: ", "))."
            )
        }
        return key
    }
}
