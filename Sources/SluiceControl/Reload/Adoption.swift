// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceStore

/// What putting definitions in force did.
package struct AdoptionReport: Sendable, Equatable {
    package var changes: DefinitionChanges
    /// Versions of the file that were not known before and got their first values.
    package var firstSeen: [VersionID]
    package var drift: [Drift]
    package var epoch: Int64
}

extension ControlPlane {
    /// Merges the definitions with the stored state, gives unseen versions their first values, and publishes.
    ///
    /// - Throws: `refusedDefinitions` with every reason; `unavailable` where the store cannot be read.
    @discardableResult
    package func start() async throws(ControlError) -> AdoptionReport {
        try await adopt(catalogue.definitions, isStart: true)
    }

    /// Puts other definitions in force, whole or not at all, and tells what changed.
    ///
    /// - Throws: `refusedDefinitions` with every reason: then the former ones stay in force.
    @discardableResult
    package func apply(_ definitions: Definitions) async throws(ControlError) -> AdoptionReport {
        try await adopt(definitions, isStart: false)
    }

    private func adopt(_ definitions: Definitions, isStart: Bool) async throws(ControlError) -> AdoptionReport {
        let changes = DefinitionChanges(from: catalogue.definitions, to: definitions)
        let now = now()
        let fingerprint = Fingerprint.of(definitions, pepper: pepper)
        let firstSeen = try await change(adopting: definitions) { catalogue throws(ControlError) in
            try Adoption(fingerprint: fingerprint, changes: changes, isStart: isStart).decide(in: catalogue, at: now)
        }
        return AdoptionReport(
            changes: changes,
            firstSeen: firstSeen,
            drift: catalogue.drift,
            epoch: catalogue.state.revision
        )
    }

    /// Whether definitions could be put in force, without doing it: for `config check` against a running node.
    package func check(_ definitions: Definitions) -> [String] {
        DefinitionCheck(catalogue: Catalogue(definitions, catalogue.state)).problems
    }

    /// Where the file's first values and the release in force differ.
    package func drift() -> [Drift] { catalogue.drift }
}

/// Definitions that shall come into force.
struct Adoption {
    /// A digest of the definitions: with another one in the store, the epoch must grow.
    var fingerprint: String
    var changes: DefinitionChanges
    var isStart = false

    static let setting = "file.fingerprint"

    /// The answer is the versions that were not known before.
    func decide(in catalogue: Catalogue, at now: Timestamp) throws(ControlError) -> Decision<[VersionID]> {
        let check = DefinitionCheck(catalogue: catalogue, isStart: isStart)
        let problems = check.problems
        guard problems.isEmpty else {
            throw ControlError(
                .refusedDefinitions,
                "The configuration does not fit what is in force: " + problems.joined(separator: "; ") + ".",
                hint: "Nothing was changed.",
                details: .list("problems", problems)
            )
        }
        let author = Change(by: "file")
        var decision = Decision<[VersionID]>(answer: [])
        var held: [RouteID: [BucketRanges]] = [:]
        for version in catalogue.versions where version.release.state == .canary {
            held[version.route, default: []].append(version.release.buckets)
        }
        for version in catalogue.definitions.versions where catalogue.state.versions.allSatisfy({ $0.id != version.id })
        {
            let name = VersionIdentity.setting(version.id)
            let identity = VersionIdentity(version).text
            let known = catalogue.state.settings[name]
            if known != identity { decision.changes.append(.setSetting(name, identity)) }
            if catalogue.state.fileReleases[version.id] == nil {
                let release = try firstRelease(of: version, beside: &held, at: now)
                decision.changes.append(.setRelease(version.id, release, owner: .file))
                decision.audit.append(
                    author.draft(
                        "version.first_seen",
                        "version:\(version.id)",
                        at: now,
                        after: version.with(release).wholeRecord
                    )
                )
                decision.answer.append(version.id)
            } else if let known, known != identity {
                var before = JSONObject()
                before["definition"] = .string(known)
                decision.audit.append(
                    author.draft(
                        "version.redefine",
                        "version:\(version.id)",
                        at: now,
                        before: before,
                        after: version.wholeRecord
                    )
                )
            }
        }
        for (id, release) in check.removed { retire(id, release, author, at: now, in: &decision) }
        if catalogue.state.settings[Adoption.setting] != fingerprint {
            decision.changes.append(.setSetting(Adoption.setting, fingerprint))
            decision.audit.append(author.draft("config.apply", "config:file", at: now, after: record))
        }
        return decision
    }

    /// A version that left the file gives its traffic back, and begins as deprecated should it return.
    private func retire(
        _ id: VersionID,
        _ release: Release,
        _ author: Change,
        at now: Timestamp,
        in decision: inout Decision<[VersionID]>
    ) {
        let retired = Release(
            state: .deprecated,
            weight: .none,
            thresholds: release.thresholds,
            deployedAt: release.deployedAt,
            changedAt: now
        )
        decision.changes.append(.setRelease(id, retired, owner: .file))
        decision.audit.append(
            author.draft("version.removed", "version:\(id)", at: now, before: release.record, after: retired.record)
        )
    }

    private func firstRelease(
        of version: Version,
        beside held: inout [RouteID: [BucketRanges]],
        at now: Timestamp
    ) throws(ControlError) -> Release {
        var release = version.release
        release.changedAt = now
        release.buckets = BucketRanges()
        if release.state == .canary {
            let others = held[version.route] ?? []
            guard let buckets = Allocation.resize(BucketRanges(), to: release.weight, others: others) else {
                throw ControlError(
                    .refusedDefinitions,
                    "Version \(version.id) asks for \(release.weight.fraction) of route \(version.route), and its other"
                        + " canaries leave less.",
                    hint: "Nothing was changed."
                )
            }
            release.buckets = buckets
            held[version.route] = others + [buckets]
        }
        if release.state.takesTraffic, release.weight > .none { release.deployedAt = now }
        return release
    }

    private var record: JSONObject {
        var record = JSONObject()
        func list(_ name: String, _ values: [String]) {
            if !values.isEmpty { record[name] = .array(values.map { .string($0) }) }
        }
        list("added", changes.added)
        list("removed", changes.removed)
        list("changed", changes.changed)
        record["fingerprint"] = .string(fingerprint)
        return record
    }
}
