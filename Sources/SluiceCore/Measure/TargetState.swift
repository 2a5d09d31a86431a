// SPDX-License-Identifier: Apache-2.0

/// How a model at a provider's account does, as this node sees it.
package struct TargetState: Sendable, Equatable {
    package var provider: ProviderID
    package var model: String
    /// The kinds of failure for which it is held back while another target is left: `reach`, `slow`, `error`, `quota`,
    /// `credential`; empty where all is well.
    package var openBreakers: [String]

    package init(provider: ProviderID, model: String, openBreakers: [String]) {
        self.provider = provider
        self.model = model
        self.openBreakers = openBreakers
    }
}
