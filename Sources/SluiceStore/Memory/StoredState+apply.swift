// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

extension StoredState {
    /// Makes one change, or says why it cannot be made; the outbox is no part of this state.
    package mutating func apply(_ change: StoreChange) throws(StoreError) {
        switch change {
        case .insertVersion(let version): try insert(version)
        case .setRelease(let id, let release, .file): fileReleases[id] = release
        case .setRelease(let id, let release, .api):
            guard let index = versions.firstIndex(where: { $0.id == id }) else {
                throw StoreError(.conflict, "there is no version \(id)")
            }
            versions[index].release = release
        case .putKey(let key):
            var key = key
            key.name = key.name.storable
            key.team = key.team?.storable
            key.user = key.user?.storable
            key.tags = key.tags.map(\.storable)
            key.scope.routes = key.scope.routes.map(\.storable)
            key.metadata = key.metadata?.storable
            keys.put(key) { $0.id == key.id }
        case .putTeam(let team):
            let team = team.storable
            teams.put(team) { $0.name.isIdentical(to: team.name) }
        case .removeTeam(let name): teams.removeAll { $0.name.isIdentical(to: name.storable) }
        case .putUser(let user):
            let user = user.storable
            users.put(user) { $0.id.isIdentical(to: user.id) }
        case .removeUser(let id): users.removeAll { $0.id.isIdentical(to: id.storable) }
        case .putPass(var pass):
            pass.person = pass.person.storable
            pass.team = pass.team?.storable
            pass.createdBy = pass.createdBy.storable
            pass.signIn = pass.signIn?.storable
            let id = pass.id
            passes.put(pass) { $0.id == id }
        case .removePass(let id): passes.removeAll { $0.id == id }
        case .putSecret(let secret): secrets.put(secret) { $0.provider == secret.provider }
        case .removeSecret(let provider): secrets.removeAll { $0.provider == provider }
        case .putPrice(var price):
            price.model = price.model.storable
            let key = price
            prices.put(price) {
                $0.provider == key.provider && $0.model.isIdentical(to: key.model)
                    && $0.effectiveFrom == key.effectiveFrom
            }
        case .putModel(var model):
            model.model = model.model.storable
            let key = model
            models.put(model) { $0.provider == key.provider && $0.model.isIdentical(to: key.model) }
        case .setSetting(let name, let value): settings[name] = value?.storable
        case .putRollout(let record):
            rollouts.put(record) { $0.state.id == record.state.id }
            forgetOldRollouts()
        case .enqueue, .appendEvidence, .adjustBudget: break
        }
    }

    private mutating func forgetOldRollouts() {
        var surplus = rollouts.count { !$0.state.isOpen } - StoredState.closedRollouts
        rollouts.removeAll { record in
            guard surplus > 0, !record.state.isOpen else { return false }
            surplus -= 1
            return true
        }
    }

    private mutating func insert(_ version: Version) throws(StoreError) {
        guard !versions.contains(where: { $0.id == version.id }) else {
            throw StoreError(.conflict, "there is a version \(version.id) already")
        }
        versions.append(version)
    }
}

extension Array {
    /// Replaces the element that matches in its place, or appends.
    fileprivate mutating func put(_ element: Element, where matches: (Element) -> Bool) {
        if let index = firstIndex(where: matches) { self[index] = element } else { append(element) }
    }
}
