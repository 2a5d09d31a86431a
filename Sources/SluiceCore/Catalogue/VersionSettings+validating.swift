// SPDX-License-Identifier: Apache-2.0

/// Why a version's config is refused.
package struct VersionSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the field: `timeouts.stall`; empty for the config itself.
    package var field: String
    /// What is wrong with it, and what would be right.
    package var message: String

    package var description: String { field.isEmpty ? "config: \(message)" : "config.\(field): \(message)" }
}

extension VersionSettings {
    /// The members of a config that are not parameters.
    private static let sections = [
        "override", "system_prompt", "retry_policy", "retry_first", "timeouts", "targets", "target_policy",
        "max_concurrency", "adaptive_concurrency", "keepalive_after", "midstream", "hedge",
    ]
    /// What belongs to the caller or is decided by the relay, in any dialect.
    ///
    /// The list stands here and not with the dialects: a config is checked when it is registered, before anybody knows which
    /// targets will serve it, so it is one list for all of them.
    private static let reserved = ["model", "stream", "stream_options", "messages", "input", "prompt"]

    /// Reads a version's config.
    ///
    /// `override`, `system_prompt`, `retry_policy`, `timeouts`, `targets` and what says how they are used are read as
    /// sections; every other member is a parameter that is sent where the caller sent none. A plain string as `system_prompt` has mode `default`;
    /// durations are texts (`30s`, `500ms`) or numbers of seconds; a `backoff` of `exponential` is the standard one.
    package init(validating config: JSONValue) throws(VersionSettingsError) {
        guard case .object(let object) = config else {
            throw VersionSettingsError(field: "", message: "must be an object, not \(config.kindName)")
        }
        self.init()
        for (name, value) in object.members {
            switch name {
            case "override": overrides = try VersionSettings.overrides(value)
            case "system_prompt": systemPrompt = try VersionSettings.systemPrompt(value)
            case "retry_policy": retry = try VersionSettings.retryPolicy(value)
            case "retry_first": retryFirst = try RetryFirst(validating: value)
            case "timeouts": timeouts = try VersionSettings.timeouts(value)
            case "targets": targets = try VersionSettings.targets(value)
            case "target_policy": targetPolicy = try VersionSettings.choice(value, at: name)
            case "max_concurrency":
                maxConcurrency = try VersionSettings.count(value, in: 1...1_000_000, at: name)
            case "adaptive_concurrency":
                guard let isOn = value.bool else {
                    throw VersionSettingsError(field: name, message: "must be true or false, not \(value.kindName)")
                }
                adaptsConcurrency = isOn
            case "keepalive_after":
                keepaliveAfter = value.string == "off" ? .zero : try VersionSettings.duration(value, at: name)
            case "midstream": midstream = try VersionSettings.choice(value, at: name)
            case "hedge": hedgeAfter = try VersionSettings.hedge(value)
            default: defaults.append(try VersionSettings.parameter(name, value, at: name))
            }
        }
    }

    private static func parameter(
        _ name: String,
        _ value: JSONValue,
        at field: String
    ) throws(VersionSettingsError) -> (name: String, json: [UInt8]) {
        guard !name.isEmpty else { throw VersionSettingsError(field: field, message: "a parameter has no name") }
        if reserved.contains(name) {
            let advice =
                name == "model"
                ? "the model is the version's api_version" : "it belongs to the caller's request and cannot be set here"
            throw VersionSettingsError(field: field, message: advice)
        }
        if let near = Nearest.names(to: name, among: sections).first, isSlip(name, near) {
            throw VersionSettingsError(field: field, message: "unknown; did you mean \(near)?")
        }
        return (name, value.json)
    }

    /// Whether a name can only be a slip of the pen for a section.
    private static func isSlip(_ name: String, _ section: String) -> Bool {
        abs(name.utf8.count - section.utf8.count) <= 2 && name.utf8.count > 4
    }

    private static func overrides(
        _ value: JSONValue
    ) throws(VersionSettingsError) -> [(name: String, json: [UInt8])] {
        var parameters: [(name: String, json: [UInt8])] = []
        for (name, value) in try section("override", value).members {
            if sections.contains(name) {
                throw VersionSettingsError(
                    field: "override.\(name)",
                    message: "is no parameter; put it beside override, not inside"
                )
            }
            parameters.append(try parameter(name, value, at: "override.\(name)"))
        }
        return parameters
    }

    private static func systemPrompt(_ value: JSONValue) throws(VersionSettingsError) -> SystemPrompt? {
        if case .string(let text) = value { return text.isEmpty ? nil : SystemPrompt(mode: .default, text: text) }
        var mode = SystemPrompt.Mode.default
        var text: String?
        for (name, value) in try section("system_prompt", value, or: "a string").members {
            switch name {
            case "mode":
                let known = SystemPrompt.Mode.allCases.map(\.rawValue)
                guard let read = value.string.flatMap(SystemPrompt.Mode.init) else {
                    let near = Nearest.names(to: value.string ?? "", among: known).first
                    let hint = near.map { "; did you mean \($0)?" } ?? ""
                    throw VersionSettingsError(
                        field: "system_prompt.mode",
                        message: "must be one of \(known.joined(separator: ", "))\(hint)"
                    )
                }
                mode = read
            case "text":
                guard let read = value.string else {
                    throw VersionSettingsError(
                        field: "system_prompt.text",
                        message: "must be a string, not \(value.kindName)"
                    )
                }
                text = read
            default: throw unknown(name, in: "system_prompt", known: ["mode", "text"])
            }
        }
        guard let text, !text.isEmpty else {
            throw VersionSettingsError(field: "system_prompt.text", message: "is missing or empty")
        }
        return SystemPrompt(mode: mode, text: text)
    }

    private static func retryPolicy(_ value: JSONValue) throws(VersionSettingsError) -> RetryPolicy {
        var policy = RetryPolicy()
        for (name, value) in try section("retry_policy", value).members {
            switch name {
            case "max_retries":
                guard let count = value.int, (0...10).contains(count) else {
                    throw VersionSettingsError(
                        field: "retry_policy.max_retries",
                        message: "must be a whole number from 0 to 10"
                    )
                }
                policy.maxRetries = Int(count)
            case "backoff":
                if value.string == "exponential" { continue }
                policy.backoff = try duration(value, at: "retry_policy.backoff")
            case "max_backoff": policy.maxBackoff = try duration(value, at: "retry_policy.max_backoff")
            default: throw unknown(name, in: "retry_policy", known: ["max_retries", "backoff", "max_backoff"])
            }
        }
        policy.maxBackoff = max(policy.maxBackoff, policy.backoff)
        return policy
    }

    private static func timeouts(_ value: JSONValue) throws(VersionSettingsError) -> Timeouts {
        var timeouts = Timeouts()
        for (name, value) in try section("timeouts", value).members {
            let field = "timeouts.\(name)"
            switch name {
            case "connect": timeouts.connect = try duration(value, at: field)
            case "tls": timeouts.tls = try duration(value, at: field)
            case "first_byte": timeouts.firstByte = try duration(value, at: field)
            case "first_token": timeouts.firstToken = try duration(value, at: field)
            case "stall": timeouts.stall = try duration(value, at: field)
            case "total": timeouts.total = try duration(value, at: field)
            default:
                let known = ["connect", "tls", "first_byte", "first_token", "stall", "total"]
                throw unknown(name, in: "timeouts", known: known)
            }
        }
        return timeouts
    }

    private static func hedge(_ value: JSONValue) throws(VersionSettingsError) -> Duration {
        var after: Duration?
        for (name, value) in try section("hedge", value).members {
            guard name == "after" else { throw unknown(name, in: "hedge", known: ["after"]) }
            after = try duration(value, at: "hedge.after")
        }
        guard let after else { throw VersionSettingsError(field: "hedge.after", message: "is missing") }
        return after
    }

    /// A duration above zero, at most a day.
    static func duration(_ value: JSONValue, at field: String) throws(VersionSettingsError) -> Duration {
        var read: Duration?
        if let text = value.string {
            read = Duration(configText: text)
        } else if let seconds = value.number, seconds > 0, seconds <= 86_400 {
            read = .nanoseconds(Int64((seconds * 1_000_000_000).rounded()))
        }
        guard let read, read > .zero, read <= .seconds(86_400) else {
            throw VersionSettingsError(
                field: field,
                message: "must be a duration above 0 and at most 24h, written 500ms, 30s, 2m or 1h"
            )
        }
        return read
    }

    static func section(
        _ name: String,
        _ value: JSONValue,
        or other: String = ""
    ) throws(VersionSettingsError) -> JSONObject {
        guard case .object(let object) = value else {
            let wanted = other.isEmpty ? "an object" : "an object or \(other)"
            throw VersionSettingsError(field: name, message: "must be \(wanted), not \(value.kindName)")
        }
        return object
    }

    static func unknown(_ name: String, in section: String, known: [String]) -> VersionSettingsError {
        let near = Nearest.names(to: name, among: known).first
        let hint = near.map { "did you mean \($0)?" } ?? "known are \(known.joined(separator: ", "))"
        return VersionSettingsError(field: "\(section).\(name)", message: "unknown; \(hint)")
    }
}

extension RetryFirst {
    /// Reads `{wait_up_to: 2s, server_errors: 1}`, of a version's config or of a route.
    package init(validating value: JSONValue) throws(VersionSettingsError) {
        self.init()
        for (name, value) in try VersionSettings.section("retry_first", value).members {
            let field = "retry_first.\(name)"
            switch name {
            case "wait_up_to":
                waitUpTo = try VersionSettings.duration(value, at: field)
                guard waitUpTo <= .seconds(60) else {
                    throw VersionSettingsError(field: field, message: "must be at most 60s: no pause is longer")
                }
            case "server_errors":
                guard let count = value.int, (0...10).contains(count) else {
                    throw VersionSettingsError(field: field, message: "must be a whole number from 0 to 10")
                }
                serverErrors = Int(count)
            default:
                throw VersionSettings.unknown(name, in: "retry_first", known: ["wait_up_to", "server_errors"])
            }
        }
    }
}
