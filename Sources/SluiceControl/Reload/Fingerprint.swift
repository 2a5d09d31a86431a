// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceCore

/// A short digest of definitions, so that a node sees whether its file changed while it was away.
enum Fingerprint {
    /// 16 hex digits; credentials go in keyed with the pepper, so the digest tells nothing about them.
    static func of(_ definitions: Definitions, pepper: Secret<[UInt8]>) -> String {
        var hash = HMAC<SHA256>(key: SymmetricKey(data: pepper.exposed))
        func take(_ parts: Any...) { hash.update(data: Array("\(parts)\n".utf8)) }
        for provider in definitions.providers {
            take(
                provider.id,
                provider.dialect,
                provider.address,
                provider.apiKey?.exposed ?? "-",
                provider.certificateAuthorityFile ?? "-",
                provider.proxy.map { "\($0) \($0.credentials?.exposed ?? "-")" } ?? "-",
                provider.priceFactorMillionths,
                provider.timeouts,
                provider.whenCallerLeaves,
                provider.streamUsage,
                provider.servesResponses,
                provider.servesFiles,
                provider.apiKeyHeader ?? "-",
                provider.headers.map { [$0.name, $0.value.exposed] }
            )
            if !provider.servesChat { take("responses only") }
            if provider.keepsCredentialInStore { take("credential in store") }
            if provider.pricesDatedAsUndated { take("undated") }
            if provider.host != .own { take(provider.host.fingerprint) }
        }
        for route in definitions.routes {
            take(route.id, route.aliases, route.unit.map(\.name), route.salt)
            take(route.fallbacks, route.contextFallback?.rawValue ?? "-", route.splitsEmbeddings)
            if route.needsTwoPersons { take("two persons") }
            if let policy = route.choose { take("chooses", policy) }
            if let first = route.retryFirst { take(first.waitUpTo, first.serverErrors) }
        }
        for version in definitions.versions { take(version.id, VersionIdentity(version).text) }
        for card in definitions.prices {
            take(card.provider, card.model, card.rates, card.tiers, card.perRequest)
            if !card.variants.isEmpty { take(card.variants) }
        }
        for model in definitions.models {
            take(model.provider, model.model, model.qualityScore ?? -1, model.contextWindow ?? -1)
            if let capabilities = model.capabilities { take(capabilities.map(\.rawValue).sorted()) }
            if let prefill = model.prefill { take(prefill.rawValue) }
        }
        for key in definitions.keys {
            take(key.id, key.name, key.team ?? "-", key.hash)
            if !key.scope.isEmpty { take(key.scope) }
        }
        for issuer in definitions.machineIssuers {
            take(issuer.rules, issuer.keysURL ?? "-", issuer.userClaim ?? "-", issuer.callers)
        }
        for budget in definitions.budgets { take(budget) }
        for entry in definitions.rateLimits { take(entry) }
        take(definitions.autoTransition, definitions.keyRotationGrace, definitions.keyPrefix)
        let digits = Array("0123456789abcdef")
        return String(hash.finalize().prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
