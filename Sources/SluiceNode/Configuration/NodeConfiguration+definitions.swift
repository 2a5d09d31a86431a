// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

extension NodeConfiguration {
    /// What the file defines, in the words of the control plane.
    ///
    /// - Parameters:
    ///   - pepper: goes into the hashes of the file's keys.
    ///   - simulated: where the node's own simulated providers listen.
    package func definitions(
        pepper: Secret<[UInt8]>,
        simulated: [ProviderID: ProviderAddress],
        now: Timestamp
    ) -> Definitions {
        var definitions = Definitions(
            providers: providers.map { configured in
                guard let address = simulated[configured.provider.id] else { return configured.provider }
                var provider = configured.provider
                provider.address = address
                return provider
            },
            routes: routes,
            versions: versions,
            prices: prices,
            models: models,
            keys: keys.map { key in
                CallerKey(
                    id: key.id,
                    name: key.id.rawValue,
                    team: key.team,
                    hash: KeyText.hash(key.text.exposed.utf8, pepper: pepper),
                    createdAt: now,
                    owner: .file,
                    maxConcurrency: key.maxConcurrency
                )
            },
            autoTransition: autoTransition,
            keyRotationGrace: keyRotationGrace,
            keyPrefix: keyPrefix,
            masterKeys: masterKeys
        )
        definitions.zones = ZoneFiles.book
        definitions.keys += machineCallers
        definitions.machineIssuers = machineIssuers
        definitions.budgets = budgets
        definitions.rateLimits = rateLimits
        definitions.currencies = currencies
        return definitions
    }
}
