// SPDX-License-Identifier: Apache-2.0

// What a config asks for that a provider's dialect has not.
extension VersionSettings {
    /// What sets the chances of words, which newer models and versions of the Messages API refuse, even at its default.
    private static let sampling = ["temperature", "top_p", "top_k"]

    /// OpenAI's names of what the Messages API calls otherwise.
    private static let otherNames = [
        "max_completion_tokens": "max_tokens", "stop": "stop_sequences", "system": "system_prompt",
    ]

    /// Why each request of a version with this config would fail at a model; `nil` where none has to.
    package func fault(at model: String, speaking dialect: Dialect) -> VersionSettingsError? {
        guard dialect == .anthropic else { return nil }
        for (field, name) in parameterNames {
            if VersionSettings.sampling.contains(name), VersionSettings.refusesSampling(model) {
                return VersionSettingsError(
                    field: field,
                    message: "\(model) refuses every request with it; leave it out"
                )
            }
            if let other = VersionSettings.otherNames[name] {
                return VersionSettingsError(
                    field: field,
                    message: "providers of the anthropic dialect do not know it; use \(other)"
                )
            }
        }
        return nil
    }

    /// What may fail requests of some callers.
    package func warning(speaking dialect: Dialect) -> VersionSettingsError? {
        guard dialect == .anthropic,
            let found = parameterNames.first(where: { VersionSettings.sampling.contains($0.name) })
        else { return nil }
        return VersionSettingsError(
            field: found.field,
            message: "callers whose library sends anthropic-version 2026-10-21 or later get 400 for it"
        )
    }

    private var parameterNames: [(field: String, name: String)] {
        defaults.map { ($0.name, $0.name) } + overrides.map { ("override.\($0.name)", $0.name) }
    }

    /// Gemini 3 and later (`gemini-3-pro-preview`).
    package static func wantsSignatures(_ model: String) -> Bool {
        guard let place = model.firstRange(of: "gemini-") else { return false }
        let number = model[place.upperBound...].prefix { $0.isNumber }
        return (Int(number) ?? 0) >= 3
    }

    /// Claude 4.7 and later: the version follows the family's name (`claude-opus-4-7`), or stands before it.
    package static func refusesSampling(_ model: String) -> Bool {
        guard let place = model.firstRange(of: "claude-") else { return false }
        let numbers = model[place.upperBound...].split(separator: "-").map { Int($0) }
        guard let first = numbers.firstIndex(where: { $0 != nil }), let major = numbers[first], major < 100 else {
            return false
        }
        let next = first + 1 < numbers.count ? numbers[first + 1] ?? 0 : 0
        // A date is no minor version.
        return (major, next < 100 ? next : 0) >= (4, 7)
    }
}
