// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

/// Whether definitions fit the state in force: nothing that takes traffic may vanish or change its meaning.
struct DefinitionCheck {
    let catalogue: Catalogue
    /// At a start no call can move traffic first, so a version may leave the file where others serve its route.
    var isStart = false

    /// Every reason against the definitions, each with the way out; empty where they fit.
    var problems: [String] {
        clashes + changedVersions + vanished + dangling + crowded
    }

    private var definitions: Definitions { catalogue.definitions }
    private var state: StoredState { catalogue.state }

    private static func takesTraffic(_ release: Release) -> Bool {
        release.state.takesTraffic && release.weight > .none
    }

    /// A version defined in the file and made by the API, and not the same.
    private var clashes: [String] {
        definitions.versions.compactMap { version in
            guard let made = state.versions.first(where: { $0.id == version.id }),
                VersionIdentity(made) != VersionIdentity(version)
            else { return nil }
            return "version \(version.id) was registered through the API with config_hash \(made.configHash) on route"
                + " \(made.route), and the file defines another one; give the file's another version_id"
        }
    }

    /// A version whose definition changed after it left staging.
    private var changedVersions: [String] {
        definitions.versions.compactMap { version in
            guard let release = state.fileReleases[version.id], release.state != .staging,
                let text = state.settings[VersionIdentity.setting(version.id)],
                text != VersionIdentity(version).text
            else { return nil }
            return "version \(version.id) is \(release.state.rawValue) and its definition changed (was \(text),"
                + " now \(VersionIdentity(version).text)); a changed config is a new version: give it another version_id"
        }
    }

    /// Versions that take traffic and are not in the file any more.
    var removed: [(id: VersionID, release: Release)] {
        let defined = Set(definitions.versions.map(\.id) + state.versions.map(\.id))
        return state.fileReleases.sorted { $0.key < $1.key }
            .filter { !defined.contains($0.key) && DefinitionCheck.takesTraffic($0.value) }
            .map { ($0.key, $0.value) }
    }

    /// Removed versions that must not go so.
    private var vanished: [String] {
        removed.compactMap { id, release in
            if isStart {
                let route = VersionIdentity.route(of: state.settings[VersionIdentity.setting(id)])
                guard let route, definitions.routes.contains(where: { $0.id == route }),
                    catalogue.split(of: route).split.leavesUnitsOut
                else { return nil }
                return
                    "version \(id) is \(release.state.rawValue) with weight \(release.weight.fraction), is missing from"
                    + " the file, and no other version would serve route \(route); keep it, or give the route another"
                    + " one with state production and a weight"
            }
            return
                "version \(id) is \(release.state.rawValue) with weight \(release.weight.fraction) and is missing from"
                + " the file; take it out of traffic first: \(AdminHint.rollback(id))"
        }
    }

    /// A version that takes traffic on a route or provider that is not defined.
    private var dangling: [String] {
        let routes = Set(definitions.routes.map(\.id))
        let providers = Set(definitions.providers.map(\.id))
        return catalogue.versions.flatMap { version -> [String] in
            guard version.owner == .file || DefinitionCheck.takesTraffic(version.release) else { return [] }
            var found: [String] = []
            if !routes.contains(version.route) {
                found.append("version \(version.id) belongs to route \(version.route), which the file does not define")
            }
            for provider in Set([version.provider] + version.targets.map(\.provider)).sorted()
            where !providers.contains(provider) {
                found.append("version \(version.id) calls provider \(provider), which the file does not define")
            }
            return found
        }
    }

    /// Routes whose canaries would hold more than everything, once the file's new versions got their first values.
    private var crowded: [String] {
        definitions.routes.compactMap { route in
            let canaries = catalogue.versions(of: route.id).filter { $0.release.state == .canary }
            let sum = canaries.reduce(0) { $0 + $1.release.weight.rawValue }
            guard sum > BucketRanges.total else { return nil }
            return "the canaries of route \(route.id) would hold \(Double(sum) / 10_000) of its traffic:"
                + " \(canaries.map(\.id.rawValue).joined(separator: ", "))"
        }
    }
}

/// What may not change in a version once it served: its identity in one line.
struct VersionIdentity: Equatable {
    var text: String

    init(_ version: Version) {
        text = "\(version.route) \(version.provider) \(version.apiVersion) \(version.configHash)"
    }

    /// The route in a text that was kept.
    static func route(of text: String?) -> RouteID? {
        text?.split(separator: " ").first.flatMap { RouteID(String($0)) }
    }

    /// The setting that remembers a file version's identity.
    static func setting(_ id: VersionID) -> String { "file.version:\(id)" }
}
