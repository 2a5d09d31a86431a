// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// Where the file's first values of a version and the release in force differ: told, never corrected.
package struct Drift: Sendable, Equatable {
    package var version: VersionID
    /// `state`, `weight` or `thresholds`.
    package var field: String
    package var file: String
    package var inForce: String

    package init(version: VersionID, field: String, file: String, inForce: String) {
        self.version = version
        self.field = field
        self.file = file
        self.inForce = inForce
    }
}

extension Catalogue {
    /// All differences between the file's first values and what is in force.
    package var drift: [Drift] {
        definitions.versions.flatMap { version -> [Drift] in
            guard let release = state.fileReleases[version.id] else { return [] }
            let first = version.release
            var found: [Drift] = []
            func compare(_ field: String, _ file: String, _ inForce: String) {
                if file != inForce {
                    found.append(Drift(version: version.id, field: field, file: file, inForce: inForce))
                }
            }
            compare("state", first.state.rawValue, release.state.rawValue)
            compare("weight", "\(first.weight.fraction)", "\(release.weight.fraction)")
            compare(
                "thresholds",
                JSONValue.object(first.thresholds.record).jsonText,
                JSONValue.object(release.thresholds.record).jsonText
            )
            return found
        }
    }
}
