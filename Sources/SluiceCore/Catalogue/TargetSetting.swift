// SPDX-License-Identifier: Apache-2.0

/// A place where a version can be served: the same model at another provider, in another region, with another key.
package struct TargetSetting: Sendable, Equatable {
    package var provider: ProviderID
    /// The model's id there; absent where it is the version's.
    package var apiVersion: String?
    /// Its part of the requests under `weighted`, 0…1 000 000; 0 is asked only when the others fail.
    package var weight: Int

    package init(provider: ProviderID, apiVersion: String? = nil, weight: Int = 1) {
        self.provider = provider
        self.apiVersion = apiVersion
        self.weight = weight
    }
}

/// Which of a version's targets is asked first; the others follow when it fails.
package enum TargetPolicy: String, Sendable, CaseIterable {
    /// As listed.
    case order
    /// By chance, in proportion to the weights.
    case weighted
    /// The better of two drawn by chance, by the time to first token observed lately.
    case fastest
}

/// What happens to a stream that breaks off after its first content.
package enum Midstream: String, Sendable, CaseIterable {
    /// An error event in the caller's dialect.
    case error
    /// It is asked for again at the next target, and goes on where the new answer is the same up to the break.
    case resume
}
