// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

extension Catalogue {
    /// A canary's buckets at another weight.
    ///
    /// - Throws: `conflict` where the route's canaries would hold more than everything.
    func buckets(
        from current: BucketRanges,
        to weight: BasisPoints,
        route: RouteID,
        except version: VersionID?
    ) throws(ControlError) -> BucketRanges {
        let others = versions(of: route).filter { $0.id != version && $0.release.state == .canary }
        if let buckets = Allocation.resize(current, to: weight, others: others.map(\.release.buckets)) {
            return buckets
        }
        let held = others.reduce(0) { $0 + $1.release.buckets.count }
        var details = JSONObject()
        for other in others { details[other.id.rawValue] = .double(other.release.weight.fraction) }
        throw ControlError(
            .conflict,
            "The canaries of route \(route) would hold more than all of its traffic:"
                + " \(weight.fraction) beside \(Double(held) / 10_000).",
            hint: "At most \(Double(BucketRanges.total - held) / 10_000) is free; lower another canary first:"
                + " \(AdminHint.weight("VERSION")).",
            details: details
        )
    }

    /// Whether a route has traffic that no version would serve after some releases were changed, but has none before.
    func leavesUnitsOut(_ changed: [VersionID: Release], route: RouteID) -> Bool {
        let own = versions(of: route)
        return Split(own.map { ($0.id, changed[$0.id] ?? $0.release) }).leavesUnitsOut
            && !Split(own.map { ($0.id, $0.release) }).leavesUnitsOut
    }
}

extension Version {
    /// The change that gives this version another release.
    func setting(_ release: Release) -> StoreChange { .setRelease(id, release, owner: owner) }

    /// This version with another release.
    func with(_ release: Release) -> Version {
        var version = self
        version.release = release
        return version
    }
}

extension JSONObject {
    /// An object with one array of strings.
    static func list(_ name: String, _ values: [String]) -> JSONObject {
        var object = JSONObject()
        object[name] = .array(values.prefix(50).map { .string($0) })
        return object
    }
}
