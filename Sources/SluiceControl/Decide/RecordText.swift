// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Version {
    /// The moving part, as the audit shows it.
    var releaseRecord: JSONObject {
        var record = release.record
        record["version_id"] = .string(id.rawValue)
        record["route"] = .string(route.rawValue)
        return record
    }

    /// Definition and moving part, as the audit shows them.
    var wholeRecord: JSONObject {
        var record = releaseRecord
        record["api_version"] = .string(apiVersion)
        record["provider"] = .string(provider.rawValue)
        record["config_hash"] = .string(configHash)
        record["config"] = config
        return record
    }
}

extension Release {
    var record: JSONObject {
        var record = JSONObject()
        record["state"] = .string(state.rawValue)
        record["weight"] = .double(weight.fraction)
        if buckets.count > 0 { record["buckets"] = .string(buckets.description) }
        if thresholds != Thresholds() { record["thresholds"] = .object(thresholds.record) }
        return record
    }
}

extension Thresholds {
    var record: JSONObject {
        var record = JSONObject()
        if let errorRate { record["error_rate"] = .double(errorRate) }
        if let p99LatencyMilliseconds { record["p99_latency_ms"] = .double(p99LatencyMilliseconds) }
        if let p99FirstTokenMilliseconds { record["p99_ttft_ms"] = .double(p99FirstTokenMilliseconds) }
        if let costSpikeRatio { record["cost_spike_ratio"] = .double(costSpikeRatio) }
        return record
    }
}

extension CallerKey {
    /// Never the hash.
    var record: JSONObject {
        var record = JSONObject()
        record["id"] = .string(id.rawValue)
        record["name"] = .string(name)
        if let team { record["team"] = .string(team) }
        if let maxConcurrency { record["max_concurrency"] = .integer(String(maxConcurrency)) }
        if let user { record["user"] = .string(user) }
        record.add(scope)
        if !tags.isEmpty { record["tags"] = .array(tags.map { .string($0) }) }
        if isBlocked { record["blocked"] = .bool(true) }
        if let validUntil { record["valid_until"] = .string(validUntil.description) }
        if let revokedAt { record["revoked_at"] = .string(revokedAt.description) }
        if let replacedBy { record["replaced_by"] = .string(replacedBy.rawValue) }
        return record
    }
}

extension Team {
    var record: JSONObject {
        var record = JSONObject()
        record["team"] = .string(name)
        if let title { record["title"] = .string(title) }
        record.add(scope)
        if isBlocked { record["blocked"] = .bool(true) }
        return record
    }
}

extension User {
    var record: JSONObject {
        var record = JSONObject()
        record["user"] = .string(id)
        if let name { record["name"] = .string(name) }
        if let email { record["email"] = .string(email) }
        if let role { record["role"] = .string(role.rawValue) }
        if !teams.isEmpty { record["teams"] = .array(teams.map { .string($0) }) }
        if isBlocked { record["blocked"] = .bool(true) }
        return record
    }
}

extension AdminPass {
    /// Never the hash.
    var record: JSONObject {
        var record = JSONObject()
        record["id"] = .string(id.rawValue)
        if let signIn {
            record["kind"] = .string(signIn.kind.rawValue)
            record["issuer"] = .string(signIn.issuer)
            record["subject"] = .string(signIn.subject)
        }
        record["person"] = .string(person)
        record["role"] = .string(role.rawValue)
        if let team { record["team"] = .string(team) }
        if let expiresAt { record["expires_at"] = .string(expiresAt.description) }
        if let revokedAt { record["revoked_at"] = .string(revokedAt.description) }
        return record
    }
}

extension JSONObject {
    /// What a scope says; nothing where it allows everything.
    fileprivate mutating func add(_ scope: KeyScope) {
        if !scope.routes.isEmpty { self["routes"] = .array(scope.routes.map { .string($0) }) }
        if !scope.operations.isEmpty { self["operations"] = .array(scope.operations.map { .string($0.word) }) }
    }
}

extension PriceCard {
    /// Rates in millionths of a dollar per million tokens.
    var record: JSONObject {
        var record = JSONObject()
        record["provider"] = .string(provider.rawValue)
        record["model"] = .string(model)
        record["effective_from"] = .string(effectiveFrom.description)
        for (name, value) in rates.record { record[name] = value }
        if perRequest != .zero { record["per_request_nano_usd"] = .integer(String(perRequest.rawValue)) }
        if !tiers.isEmpty { record["tiers"] = .array(tiers.map { .object($0.record) }) }
        if !variants.isEmpty {
            var named = JSONObject()
            for variant in variants {
                var object = JSONObject(variant.rates?.record ?? [])
                if let factor = variant.factorMillionths { object["factor_millionths"] = .integer(String(factor)) }
                if !variant.tiers.isEmpty { object["tiers"] = .array(variant.tiers.map { .object($0.record) }) }
                named[variant.name] = .object(object)
            }
            record["service_tiers"] = .object(named)
        }
        return record
    }
}

extension PriceCard.Rates {
    /// Names and numbers of the rates that are there; of other units than tokens picodollars for one.
    fileprivate var record: [(name: String, value: JSONValue)] {
        let plain: [(String, Int64?)] = [
            ("input", input), ("cached_input", cachedInput), ("cache_write_5m", cacheWrite5m),
            ("cache_write_1h", cacheWrite1h), ("output", output), ("reasoning", reasoning),
        ]
        return (plain + parts.entries.map { ($0.part.name, $0.number) }).compactMap { name, number in
            number.map { (name, .integer(String($0))) }
        }
    }
}

extension PriceCard.Tier {
    fileprivate var record: JSONObject {
        JSONObject([("from_input_tokens", .integer(String(fromInputTokens)))] + rates.record)
    }
}
