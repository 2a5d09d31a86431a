// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Why settings are refused: the field and what it takes.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    package let field: String
    package let expected: String

    package var description: String { "\(field): expected \(expected)" }
}

extension MockSettings {
    /// These settings with the fields of `changes` laid over them; `null` takes a field back, unknown ones are refused.
    package func merging(_ changes: JSONObject) throws(SettingsError) -> MockSettings {
        var result = self
        for (name, value) in changes.members {
            switch name {
            case "models": try result.mergeModels(value)
            case "only_models":
                result.onlyModels = try value.isNull ? nil : MockSettings.texts(value, name)
            case "api_key":
                guard value.isNull || value.string != nil else {
                    throw SettingsError(field: name, expected: "a string or null")
                }
                result.apiKey = value.string.map { Secret($0) }
            case "capture":
                guard let flag = value.isNull ? false : value.bool else {
                    throw SettingsError(field: name, expected: "true or false")
                }
                result.capture = flag
            default: try result.base.set(name, to: value, at: name)
            }
        }
        return result
    }

    private mutating func mergeModels(_ value: JSONValue) throws(SettingsError) {
        if value.isNull {
            models = [:]
            return
        }
        guard let object = value.object else {
            throw SettingsError(field: "models", expected: "an object of model names")
        }
        for (model, changes) in object.members {
            if changes.isNull {
                models[model] = nil
                continue
            }
            guard let changes = changes.object else {
                throw SettingsError(field: "models.\(model)", expected: "an object of settings or null")
            }
            var profile = models[model] ?? Profile()
            for (name, value) in changes.members {
                try profile.set(name, to: value, at: "models.\(model).\(name)")
            }
            models[model] = profile
        }
    }

    private static func texts(_ value: JSONValue, _ field: String) throws(SettingsError) -> [String] {
        guard let list = value.array else { throw SettingsError(field: field, expected: "a list of strings") }
        let texts = list.compactMap(\.string)
        guard texts.count == list.count else { throw SettingsError(field: field, expected: "a list of strings") }
        return texts
    }
}

extension Profile {
    static let fieldNames = [
        "latency", "ttft", "interval", "chunks", "error_rate", "errors", "retry_after", "output_tokens",
        "prompt_tokens", "cached_share", "reasoning_tokens", "drift", "script",
    ]

    mutating func set(_ name: String, to value: JSONValue, at field: String) throws(SettingsError) {
        let isNull = value.isNull
        switch name {
        case "latency": latency = try isNull ? nil : Profile.spread(value, .milliseconds, field)
        case "ttft": firstToken = try isNull ? nil : Profile.spread(value, .milliseconds, field)
        case "interval": interval = try isNull ? nil : Profile.spread(value, .milliseconds, field)
        case "chunks": chunks = try isNull ? nil : Profile.integer(value, 1...1_000_000, field)
        case "error_rate": errorRate = try isNull ? nil : Profile.share(value, field)
        case "errors": errors = try isNull ? nil : Profile.faults(value, field)
        case "retry_after": retryAfter = try isNull ? nil : Profile.seconds(value, field)
        case "output_tokens": outputTokens = try isNull ? nil : Profile.spread(value, .count, field)
        case "prompt_tokens": promptTokens = try isNull ? nil : Profile.integer(value, 0...1_000_000_000, field)
        case "cached_share": cachedShare = try isNull ? nil : Profile.share(value, field)
        case "reasoning_tokens": reasoningTokens = try isNull ? nil : Profile.integer(value, 0...1_000_000_000, field)
        case "drift": drift = try isNull ? nil : Profile.integer(value, Int.min...Int.max, field)
        case "script": script = try isNull ? nil : Script(value, field: field)
        default:
            throw SettingsError(field: field, expected: "one of \(Profile.fieldNames.joined(separator: ", "))")
        }
    }

    private static func spread(_ value: JSONValue, _ unit: Spread.Unit, _ field: String) throws(SettingsError) -> Spread
    {
        if let number = value.number, number >= 0, number.isFinite { return .fixed(number) }
        if let text = value.string, let spread = Spread(text, unit: unit) { return spread }
        throw SettingsError(
            field: field,
            expected: unit == .milliseconds
                ? "milliseconds, or a text like 200ms, 100ms-300ms or p50=200ms,p99=900ms"
                : "a number, or a text like 24, 12-32 or p50=40,p99=200"
        )
    }

    private static func integer(
        _ value: JSONValue,
        _ range: ClosedRange<Int>,
        _ field: String
    ) throws(SettingsError) -> Int {
        guard let number = value.wholeNumber, range.contains(number) else {
            throw SettingsError(
                field: field,
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    private static func share(_ value: JSONValue, _ field: String) throws(SettingsError) -> Double {
        guard let number = value.number, (0...1).contains(number) else {
            throw SettingsError(field: field, expected: "a number from 0 to 1")
        }
        return number
    }

    private static func seconds(_ value: JSONValue, _ field: String) throws(SettingsError) -> Double {
        guard let number = value.number, (0...1e9).contains(number) else {
            throw SettingsError(field: field, expected: "seconds, at least 0")
        }
        return number
    }

    private static func faults(_ value: JSONValue, _ field: String) throws(SettingsError) -> [Fault] {
        guard let list = value.array, !list.isEmpty else {
            throw SettingsError(field: field, expected: "a list of faults like error-503, reset or cut-5")
        }
        var faults: [Fault] = []
        for element in list {
            guard let fault = element.string.flatMap({ Fault($0) }) else {
                throw SettingsError(field: field, expected: "a list of faults like error-503, reset or cut-5")
            }
            faults.append(fault)
        }
        return faults
    }
}
