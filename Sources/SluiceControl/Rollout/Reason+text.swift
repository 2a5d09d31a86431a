// SPDX-License-Identifier: Apache-2.0
package import SluiceJudge

extension Reason {
    /// The reason as people read it: a clause without a full stop.
    package var text: String { RolloutText.text(self) }
}
