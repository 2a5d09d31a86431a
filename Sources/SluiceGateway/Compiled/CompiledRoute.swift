// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

/// A route, ready for requests: its split and its versions in the split's order.
final class CompiledRoute: Sendable {
    let id: RouteID
    let salt: [UInt8]
    /// Where the unit is looked for, in this order.
    let units: [CompiledUnitSource]
    let unitNames: [String]
    /// The fields that ``CompiledUnitSource/field(_:)`` numbers, by their names in lower case.
    let unitFields: [String]
    let split: Split
    let versions: [CompiledVersion?]
    /// Versions that are asked when the assigned one cannot answer.
    let fallbacks: [CompiledVersion]
    /// The version that is asked when a request is too long for the assigned one.
    let contextFallback: CompiledVersion?
    /// Where the assigned version does not say.
    let retryFirst: RetryFirst?
    let splitsEmbeddings: Bool
    /// Its limits and budgets.
    let rules: SpendingRules?
    /// The rollout that is judged here.
    let watch: EvidenceWatch?
    /// How a version is chosen for each request, where the split does not decide alone.
    let choice: CompiledChoice?

    /// - Parameters:
    ///   - all: every version, of all routes.
    ///   - choice: of a policy among versions.
    ///   - compile: makes a version ready; `nil` when its provider is not there.
    init(
        _ route: Route,
        versions: [Version],
        all: [VersionID: Version] = [:],
        watch: WatchTable.Entry? = nil,
        rules: SpendingRules? = nil,
        choice: (RoutingPolicy, [CompiledVersion]) -> CompiledChoice? = { _, _ in nil },
        compile: (Version) -> CompiledVersion?
    ) {
        id = route.id
        salt = Array(route.salt.utf8)
        (units, unitFields) = CompiledUnitSource.list(route.unit)
        unitNames = route.unit.map(\.name)
        split = Split(versions.map { ($0.id, $0.release) })
        let compiled = versions.map(compile)
        self.versions = compiled
        let find = { (id: VersionID) -> CompiledVersion? in
            compiled.lazy.compactMap { $0 }.first { $0.id == id } ?? all[id].flatMap(compile)
        }
        fallbacks = route.fallbacks.compactMap(find)
        contextFallback = route.contextFallback.flatMap(find)
        retryFirst = route.retryFirst
        splitsEmbeddings = route.splitsEmbeddings
        self.rules = rules
        if let policy = route.choose {
            let production = zip(versions, compiled).filter { $0.0.release.isServing }.compactMap(\.1)
            self.choice = choice(policy, policy.candidates.isEmpty ? production : policy.candidates.compactMap(find))
        } else {
            self.choice = nil
        }
        self.watch = watch.map {
            EvidenceWatch($0.watch, versions: versions, index: $0.index, brake: $0.brake)
        }
    }
}

/// A source of units without text of its own, so that a request looks at it for nothing.
enum CompiledUnitSource: Sendable, Equatable {
    /// `x-sluice-unit`, which every request's head was searched for.
    case sluiceUnit
    /// Another field of the head, by its number in the route.
    case field(Int)
    case session, key, promptCacheKey, user, conversation

    static func list(_ sources: [UnitSource]) -> (sources: [CompiledUnitSource], fields: [String]) {
        var fields: [String] = []
        let sources = sources.map { source -> CompiledUnitSource in
            switch source {
            case .header("x-sluice-unit"): return .sluiceUnit
            case .header(let name):
                fields.append(name)
                return .field(fields.count - 1)
            case .session: return .session
            case .key: return .key
            case .promptCacheKey: return .promptCacheKey
            case .user: return .user
            case .conversation: return .conversation
            }
        }
        return (sources, fields)
    }
}
