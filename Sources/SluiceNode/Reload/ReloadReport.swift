// SPDX-License-Identifier: Apache-2.0
package import SluiceControl

/// What a reload did.
package enum ReloadReport: Sendable {
    /// The file is in force; `needRestart` names keys that are read at the start only.
    case applied(AdoptionReport, needRestart: [String])
    /// Nothing was changed; each line is a reason.
    case refused([String])

    package var isApplied: Bool {
        if case .applied = self { true } else { false }
    }
}
