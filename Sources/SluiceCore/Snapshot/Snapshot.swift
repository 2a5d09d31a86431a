// SPDX-License-Identifier: Apache-2.0

/// Everything the data plane knows, at one revision: immutable, handed down whole.
package struct Snapshot: Sendable {
    /// Grows with every change; answers carry it as `x-sluice-epoch`.
    package var epoch: Int64
    package var providers: [Provider]
    package var routes: [Route]
    package var versions: [Version]
    package var prices: [PriceCard]
    package var models: [ModelCard]
    package var keys: [CallerKey]
    /// What stands between keys and routes; most have nothing.
    package var gates: [KeyID: KeyGate]
    package var pepper: Secret<[UInt8]>
    package var budgets: [Budget] = []
    /// One of each entity.
    package var rateLimits: [EntityLimits] = []
    /// Absent where no machine may show a token.
    package var machines: MachineAccess?

    package init(
        epoch: Int64,
        providers: [Provider],
        routes: [Route],
        versions: [Version],
        prices: [PriceCard],
        models: [ModelCard],
        keys: [CallerKey],
        gates: [KeyID: KeyGate] = [:],
        pepper: Secret<[UInt8]>
    ) {
        self.epoch = epoch
        self.providers = providers
        self.routes = routes
        self.versions = versions
        self.prices = prices
        self.models = models
        self.keys = keys
        self.gates = gates
        self.pepper = pepper
    }
}
