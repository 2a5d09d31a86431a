// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    /// The shortest caller key the file may give.
    static let shortestKey = 20

    func keys(_ field: ConfigurationField?) -> [ConfiguredKey] {
        guard let field else { return [] }
        var names: Set<KeyID> = []
        var texts: Set<String> = []
        return field.list().compactMap { item in
            guard let section = item.section(["name", "key", "team", "max_concurrency", "rate_limits"]),
                let name = section.required("name"),
                let id = name.identifier(KeyID.self)
            else { return nil }
            guard names.insert(id).inserted else {
                name.fail("a second key with the name '\(id)'")
                return nil
            }
            guard let field = section.present("key") else {
                item.fail("'key' is missing")
                return nil
            }
            guard let text = field.secretText() else { return nil }
            if let fault = SecretRules.fault(of: text, minimum: ConfigurationReader.shortestKey) {
                field.fail("the caller key \(fault)")
                return nil
            }
            guard texts.insert(text).inserted else {
                field.fail("the same key is given to two names")
                return nil
            }
            return ConfiguredKey(
                id: id,
                team: section.optional("team")?.filledText(),
                text: Secret(text),
                maxConcurrency: section.optional("max_concurrency")?.integer(in: CallerKey.concurrencyRange)
            )
        }
    }

    /// The limits that keys have where they are defined.
    func keyLimits(_ field: ConfigurationField?) -> [EntityLimits] {
        (field?.list() ?? []).compactMap { item in
            let members = item.isMap ? item.members() : []
            guard let name = members.first(where: { $0.name.text() == "name" })?.value.text() else { return nil }
            let limits = members.first { $0.name.text() == "rate_limits" }?.value
            return rateLimits(of: SpendingEntity(.key, name), limits)
        }
    }
}
