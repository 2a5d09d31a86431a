// SPDX-License-Identifier: Apache-2.0

/// Whom `key:NAME` and `key:TEAM/NAME` mean: the keys of one name in one team, or of one name and no team; a key's id means it.
///
/// Several teams may have keys of one name. Then `key:NAME` means those of whoever had such a key first, the file's before all
/// others: a key that is made later can neither draw on what was meant for another team's nor take it over. Those that took
/// a key's place by rotation are meant with it.
package struct KeyNames: Sendable {
    private struct Group {
        var name: String
        var since: Timestamp
        var isFiles: Bool
        var keys: [KeyID]
    }

    private var groups: [Group] = []
    /// Places of the groups that a text may mean, the one that it means first.
    private var places: [String: [Int]] = [:]
    private var ids: Set<KeyID> = []
    private var next: [KeyID: KeyID] = [:]

    package init(_ keys: [CallerKey]) {
        var byName: [String: Int] = [:]
        for key in keys {
            ids.insert(key.id)
            if let successor = key.replacedBy { next[key.id] = successor }
            // A name has no line feed, so that no two pairs are one.
            let pair = "\(key.team ?? "")\n\(key.team == nil ? "" : "/")\(key.name)"
            if let place = byName[pair] {
                groups[place].keys.append(key.id)
                groups[place].since = min(groups[place].since, key.createdAt)
                groups[place].isFiles = groups[place].isFiles || key.owner == .file
                continue
            }
            byName[pair] = groups.count
            for text in Set([key.name, key.fullName]) { places[text, default: []].append(groups.count) }
            groups.append(
                Group(name: key.fullName, since: key.createdAt, isFiles: key.owner == .file, keys: [key.id])
            )
        }
        let groups = groups
        for (text, found) in places where found.count > 1 {
            places[text] = found.sorted { left, right in
                let (left, right) = (groups[left], groups[right])
                if left.isFiles != right.isFiles { return left.isFiles }
                if left.since != right.since { return left.since < right.since }
                return left.name < right.name
            }
        }
    }

    /// The keys that a name, `TEAM/NAME` or an id means; none where there are no such keys.
    package func keys(_ text: String) -> [KeyID] {
        var found: [KeyID]
        if let place = places[text]?.first,
            KeyID(text).map({ groups[place].keys.contains($0) || !ids.contains($0) }) ?? true
        {
            found = groups[place].keys
        } else if let id = KeyID(text), ids.contains(id) {
            found = [id]
        } else {
            return []
        }
        var known = Set(found)
        for key in found {
            var key = key
            while let successor = next[key], known.insert(successor).inserted {
                found.append(successor)
                key = successor
            }
        }
        return found
    }

    /// The full names of all that a text may mean, that which it means first.
    package func fullNames(_ text: String) -> [String] { (places[text] ?? []).map { groups[$0].name } }
}

extension CallerKey {
    /// With the team before it, where it has one: `search/app`.
    package var fullName: String { team.map { "\($0)/\(name)" } ?? name }
}
