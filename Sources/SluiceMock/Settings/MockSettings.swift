// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// All that can be set on a simulated provider, before its start and while it runs.
package struct MockSettings: Sendable, Equatable {
    /// Holds for every model.
    package var base: Profile
    /// Holds for one model, before `base`.
    package var models: [String: Profile]
    /// The models served, any other being 404; `nil` serves every name.
    package var onlyModels: [String]?
    /// The credential callers must show; `nil` asks for none.
    package var apiKey: Secret<String>?
    /// Keep the body of the last request, for `GET /mock/last-body`.
    package var capture: Bool

    package init(
        base: Profile = Profile(),
        models: [String: Profile] = [:],
        onlyModels: [String]? = nil,
        apiKey: Secret<String>? = nil,
        capture: Bool = false
    ) {
        self.base = base
        self.models = models
        self.onlyModels = onlyModels
        self.apiKey = apiKey
        self.capture = capture
    }

    func profile(of model: String) -> Profile { models[model]?.completed(by: base) ?? base }

    /// What `/v1/models` lists.
    var listed: [String] { onlyModels ?? (["mock-small", "mock-large", "mock-embedding"] + models.keys.sorted()) }

    /// Whether requests for this model are served; the faults by name always are.
    func serves(_ model: String) -> Bool {
        guard let onlyModels else { return true }
        return onlyModels.contains(model) || Fault(model: model) != nil || WireFault(model: model) != nil
    }
}
