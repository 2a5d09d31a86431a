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

    /// Makes a key for a caller and answers its text, once.
    ///
    /// - Parameter maxConcurrency: Its requests in flight at the same time on one node; without it, the node's own limit.
    package func createKey(
        name: String,
        team: String? = nil,
        maxConcurrency: Int? = nil,
        _ change: Change
    ) async throws(ControlError) -> NewKey {
        try ControlPlane.checkName(name)
        if let team { try ControlPlane.checkName(team, field: "team") }
        if let maxConcurrency, !CallerKey.concurrencyRange.contains(maxConcurrency) {
            let range = CallerKey.concurrencyRange
            throw ControlError(.invalid, "max_concurrency must be from \(range.lowerBound) to \(range.upperBound).")
        }
        let made = try newKey(name: name, team: team, maxConcurrency: maxConcurrency)
        let draft = change.draft("key.create", "key:\(made.key.id)", at: made.key.createdAt, after: made.key.record)
        return try await self.change { catalogue throws(ControlError) in
            guard !catalogue.keys.contains(where: { $0.id == made.key.id }) else { throw ControlError(.conflict) }
            return Decision([.putKey(made.key)], audit: [draft], answer: made)
        }
    }

    /// Ends a key now; every event loop knows before this returns.
    ///
    /// - Parameter id: Its id, or the name of the only valid key that has it.
    package func revokeKey(_ id: String, _ change: Change) async throws(ControlError) -> CallerKey {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let key = try catalogue.ownKey(id, at: now)
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
        let found = try catalogue.ownKey(id, at: now())
        let made = try newKey(name: found.name, team: found.team, maxConcurrency: found.maxConcurrency)
        let now = made.key.createdAt
        return try await self.change { catalogue throws(ControlError) in
            let old = try catalogue.ownKey(found.id.rawValue, at: now)
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

    private func newKey(name: String, team: String?, maxConcurrency: Int?) throws(ControlError) -> NewKey {
        guard let (id, text) = KeyText.generate(prefix: catalogue.definitions.keyPrefix, using: &random) else {
            throw ControlError(.invalid, "The key prefix of the configuration cannot be used.")
        }
        let key = CallerKey(
            id: id,
            name: name,
            team: team,
            hash: KeyText.hash(text.exposed.utf8, pepper: pepper),
            createdAt: now(),
            owner: .api,
            maxConcurrency: maxConcurrency
        )
        return NewKey(key: key, text: text)
    }

    private static func checkName(_ name: String, field: String = "name") throws(ControlError) {
        let isClean = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard (1...128).contains(name.unicodeScalars.count), isClean else {
            throw ControlError(.invalid, "\(field) must have 1 to 128 characters and no control characters.")
        }
    }
}

extension Catalogue {
    /// A key that the API may change, by its id or by the name of the only valid key that has it.
    func ownKey(_ text: String, at now: Timestamp) throws(ControlError) -> CallerKey {
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
        guard key.owner == .api else {
            throw ControlError(
                .readOnly,
                "Key \(key.id) (\(key.name)) is defined in the configuration file.",
                hint: "Change it there and reload."
            )
        }
        return key
    }
}
