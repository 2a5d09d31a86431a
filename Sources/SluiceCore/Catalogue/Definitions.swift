// SPDX-License-Identifier: Apache-2.0

/// What the configuration file defines, read and checked: read-only in the API.
package struct Definitions: Sendable {
    package var providers: [Provider]
    package var routes: [Route]
    /// Their `release` holds the first values, used for a version not seen before; the store's release wins after.
    package var versions: [Version]
    package var prices: [PriceCard]
    package var models: [ModelCard]
    /// What a US dollar is worth in other currencies.
    package var currencies: [CurrencyRate] = []
    package var keys: [CallerKey]
    /// `release.auto_transition`: a first weight above 0 moves a staging version to canary by itself.
    package var autoTransition: Bool
    /// How long the old key lives after a rotation.
    package var keyRotationGrace: Duration
    /// The prefix of keys made from now on.
    package var keyPrefix: String
    /// What opens the credentials that are sealed in the store.
    package var masterKeys: MasterKeys?
    package var budgets: [Budget] = []
    /// Of keys, teams, routes and models; one of each.
    package var rateLimits: [EntityLimits] = []
    /// By whose calendars budgets and reports may be.
    package var zones: ZoneBook = .fixed
    /// Whose tokens machines may show; their keys are kept in the settings.
    package var machineIssuers: [MachineIssuer] = []

    package init(
        providers: [Provider] = [],
        routes: [Route] = [],
        versions: [Version] = [],
        prices: [PriceCard] = [],
        models: [ModelCard] = [],
        keys: [CallerKey] = [],
        autoTransition: Bool = false,
        keyRotationGrace: Duration = .seconds(86_400),
        keyPrefix: String = KeyText.standardPrefix,
        masterKeys: MasterKeys? = nil
    ) {
        self.providers = providers
        self.routes = routes
        self.versions = versions
        self.prices = prices
        self.models = models
        self.keys = keys
        self.autoTransition = autoTransition
        self.keyRotationGrace = keyRotationGrace
        self.keyPrefix = keyPrefix
        self.masterKeys = masterKeys
    }
}
