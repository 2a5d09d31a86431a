// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore

extension StoredState {
    /// What a committed change does to the state that was read before it.
    mutating func apply(_ change: StoreChange) {
        switch change {
        case .insertVersion(let version):
            versions.append(version)
        case .setRelease(let id, let release, owner: .api):
            guard let index = versions.firstIndex(where: { $0.id == id }) else { return }
            versions[index].release = release
        case .setRelease(let id, let release, owner: .file):
            fileReleases[id] = release
        case .putKey(let key):
            if let index = keys.firstIndex(where: { $0.id == key.id }) { keys[index] = key } else { keys.append(key) }
        case .putPrice(let card):
            let index = prices.firstIndex {
                $0.provider == card.provider && $0.model == card.model && $0.effectiveFrom == card.effectiveFrom
            }
            if let index { prices[index] = card } else { prices.append(card) }
        case .putModel(let card):
            let index = models.firstIndex { $0.provider == card.provider && $0.model == card.model }
            if let index { models[index] = card } else { models.append(card) }
        case .setSetting(let name, let value):
            settings[name] = value
        }
    }
}
