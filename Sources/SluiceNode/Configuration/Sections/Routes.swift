// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    private static let routeKeys = [
        "aliases", "unit", "salt", "thresholds", "versions", "fallbacks", "context_fallback", "retry_first",
        "split_embeddings", "promotion", "rate_limits", "choose",
    ]

    func routes(_ field: ConfigurationField?, providers: [ConfiguredProvider]) -> ([Route], [Version]) {
        guard let field else { return ([], []) }
        var routes: [Route] = []
        var versions: [Version] = []
        var names = RouteNames()
        var seen: [VersionID: RouteID] = [:]
        var named: [(VersionID, ConfigurationField)] = []
        for (name, value) in field.members() {
            guard let id = name.identifier(RouteID.self),
                let section = value.section(ConfigurationReader.routeKeys)
            else { continue }
            names.take(id.rawValue, for: id, at: name)
            let aliases = section.optional("aliases").map { self.aliases($0, of: id, names: &names) } ?? []
            let thresholds = self.thresholds(section.optional("thresholds"), over: Thresholds())
            routes.append(
                Route(
                    id: id,
                    aliases: aliases,
                    unit: section.optional("unit").map(unit) ?? UnitSource.standard,
                    salt: section.optional("salt")?.filledText(),
                    fallbacks: section.optional("fallbacks").map { fallbacks($0, &named) } ?? [],
                    contextFallback: section.optional("context_fallback").flatMap { fallback($0, &named) },
                    retryFirst: section.optional("retry_first").flatMap(retryFirst),
                    splitsEmbeddings: section.optional("split_embeddings")?.bool() ?? false,
                    needsTwoPersons: section.optional("promotion")?.choice(of: [Promotion.onePerson, .twoPerson])
                        == .twoPerson,
                    choose: section.optional("choose").flatMap { routingPolicy($0, &named) }
                )
            )
            let items = section.optional("versions")?.list() ?? []
            let own = items.compactMap { self.version($0, of: id, providers: providers, thresholds, &seen) }
            check(own, in: section.optional("versions") ?? name, complete: own.count == items.count)
            versions += own
        }
        for (id, field) in named where seen[id] == nil {
            let hint = ConfigurationField.hint(id.rawValue, among: seen.keys.map(\.rawValue).sorted())
            field.warn("the version '\(id)' is not in this file: it is asked only once it is registered\(hint)")
        }
        return (routes, versions)
    }

    /// The limits that routes have where they are defined.
    func routeLimits(_ field: ConfigurationField?) -> [EntityLimits] {
        (field?.members() ?? []).compactMap { name, value in
            guard let name = name.text(), value.isMap else { return nil }
            let limits = value.members().first { $0.name.text() == "rate_limits" }?.value
            return rateLimits(of: SpendingEntity(.route, name), limits)
        }
    }

    private func fallbacks(_ field: ConfigurationField, _ named: inout [(VersionID, ConfigurationField)]) -> [VersionID]
    {
        var ids: [VersionID] = []
        for item in field.list() {
            guard let id = fallback(item, &named) else { continue }
            if ids.contains(id) { item.fail("the version '\(id)' stands twice") } else { ids.append(id) }
        }
        if ids.count > 8 { field.fail("at most 8 versions, has \(ids.count)") }
        return ids
    }

    private func fallback(_ field: ConfigurationField, _ named: inout [(VersionID, ConfigurationField)]) -> VersionID? {
        guard let id = field.identifier(VersionID.self) else { return nil }
        named.append((id, field))
        return id
    }

    private func retryFirst(_ field: ConfigurationField) -> RetryFirst? {
        guard let value = field.json() else { return nil }
        do throws(VersionSettingsError) {
            return try RetryFirst(validating: value)
        } catch {
            field.descendant(String(error.field.drop { $0 != "." }.dropFirst())).fail(error.message)
            return nil
        }
    }

    private func aliases(_ field: ConfigurationField, of route: RouteID, names: inout RouteNames) -> [String] {
        field.list().compactMap { item in
            guard let alias = item.filledText() else { return nil }
            guard alias.utf8.count <= 256, alias.utf8.allSatisfy({ $0 > 0x1F && $0 != 0x7F }) else {
                item.fail("an alias has at most 256 bytes and no control characters")
                return nil
            }
            names.take(alias, for: route, at: item)
            return alias
        }
    }

    private func unit(_ field: ConfigurationField) -> [UnitSource] {
        let known = ["header:NAME", "prompt_cache_key", "session", "user", "conversation", "key"]
        let sources: [UnitSource] = field.list().compactMap { item in
            guard let text = item.text() else { return nil }
            if let source = UnitSource(text) { return source }
            item.fail(
                "must be \(ConfigurationField.either(known)), is '\(text)'\(ConfigurationField.hint(text, among: known))"
            )
            return nil
        }
        if sources.contains(.key) {
            field.warn("with 'key' as unit all requests of one caller key go to one version")
        }
        return sources
    }

    private func check(_ versions: [Version], in field: ConfigurationField, complete: Bool) {
        let canaries = versions.filter { $0.release.state == .canary }
        let sum = canaries.reduce(0) { $0 + $1.release.weight.rawValue }
        if sum > BasisPoints.all.rawValue {
            field.fail("the weights of the canaries sum to \(Double(sum) / 10_000), above 1")
        }
        let production = versions.filter { $0.release.state == .production }
        if complete, !production.contains(where: { $0.release.weight > .none }) {
            field.warn(
                "no production version with a weight above 0: until the API makes one, "
                    + "requests that no canary takes are refused with 503 no_version"
            )
        }
    }
}

/// The names callers may use: each leads to one route.
private struct RouteNames {
    private var owners: [String: RouteID] = [:]

    mutating func take(_ name: String, for route: RouteID, at field: ConfigurationField) {
        guard let owner = owners.updateValue(route, forKey: name) else { return }
        owners[name] = owner
        let reason = owner == route ? "stands twice at the route '\(route)'" : "already leads to the route '\(owner)'"
        field.fail("the name '\(name)' \(reason)")
    }
}

/// Who may give a version more of a route's traffic.
private enum Promotion: String {
    case onePerson = "one_person"
    case twoPerson = "two_person"
}
