// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// A body in LiteLLM's form: what is known of it is read, what says nothing is passed over, the rest is refused by its name.
struct LiteLLMBody {
    private let object: JSONObject

    /// - Parameter known: members that are read.
    init(_ call: AdminCall, knowing known: Set<String>) throws(AdminRefusal) {
        guard !call.body.isEmpty else {
            object = JSONObject()
            return
        }
        guard case .object(let object) = try call.json() else {
            throw .unsupported("The body must be a JSON object.", field: nil)
        }
        for member in object.members where !known.contains(member.name) && !LiteLLMBody.saysNothing(member.value) {
            let name = String(member.name.prefix(100))
            throw .unsupported("`\(name)` has no meaning here.", field: name, hint: LiteLLMBody.hints[name])
        }
        self.object = object
    }

    func text(_ name: String) throws(AdminRefusal) -> String? {
        switch object[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text.isEmpty ? nil : text
        default: throw .unsupported("`\(name)` must be a text.", field: name)
        }
    }

    func needed(_ name: String) throws(AdminRefusal) -> String {
        guard let text = try text(name) else { throw .unsupported("`\(name)` is missing.", field: name) }
        return text
    }

    /// Absent where it was not said; an empty list is one.
    func texts(_ name: String) throws(AdminRefusal) -> [String]? {
        switch object[name] {
        case nil, .null?: return nil
        case .string(let text)?: return [text]
        case .array(let values)?:
            var texts: [String] = []
            for value in values {
                guard case .string(let text) = value else {
                    throw .unsupported("`\(name)` must be a list of texts.", field: name)
                }
                texts.append(text)
            }
            return texts
        default: throw .unsupported("`\(name)` must be a list of texts.", field: name)
        }
    }

    func flag(_ name: String) throws(AdminRefusal) -> Bool? {
        switch object[name] {
        case nil, .null?: return nil
        case .bool(let flag)?: return flag
        default: throw .unsupported("`\(name)` must be true or false.", field: name)
        }
    }

    func number(_ name: String) throws(AdminRefusal) -> Int? {
        switch object[name] {
        case nil, .null?: return nil
        case .integer(let digits)?:
            guard let number = Int(digits) else { throw .unsupported("`\(name)` is too large.", field: name) }
            return number
        default: throw .unsupported("`\(name)` must be a whole number.", field: name)
        }
    }

    /// US dollars, as a number or a text, exact to a billionth.
    func dollars(_ name: String) throws(AdminRefusal) -> NanoUSD? {
        guard let value = object[name], value != .null else { return nil }
        guard let amount = ExactRate.scaled(value, by: 9), Budget.limitRange.contains(NanoUSD(amount)) else {
            throw .unsupported("`\(name)` must be US dollars above 0, up to 1000000000.", field: name)
        }
        return NanoUSD(amount)
    }

    /// The JSON text of an object; absent where it was not said.
    func objectText(_ name: String) throws(AdminRefusal) -> String? {
        switch object[name] {
        case nil, .null?: return nil
        case .object(let value)?: return value.isEmpty ? nil : JSONValue.object(value).jsonText
        default: throw .unsupported("`\(name)` must be an object.", field: name)
        }
    }

    subscript(name: String) -> JSONValue? { object[name] }

    /// `duration` as LiteLLM writes it: `30s`, `15m`, `4h`, `7d`, `2w`, `1mo` (thirty days); `-1` is for ever.
    func duration(_ name: String) throws(AdminRefusal) -> Duration? {
        guard let text = try text(name), text != "-1" else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "mo": 2_592_000]
        guard let count = Int64(digits), let unit = units[String(text.dropFirst(digits.count))], count > 0,
            count <= 315_360_000 / unit
        else {
            throw .unsupported("`\(name)` must be a length of time such as 30s, 15m, 4h, 7d or 1mo.", field: name)
        }
        return .seconds(count * unit)
    }

    /// What is sent by clients that mean nothing by it.
    private static func saysNothing(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .integer(let digits): digits == "0"
        case .array(let values): values.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }

    private static let budgets = "Budgets are things of their own here: POST /v1/admin/budgets."
    private static let limits = "Rate limits are set with the key, team or route: see docs/admin-api.md."

    private static let hints: [String: String] = [
        "max_budget": budgets, "soft_budget": budgets, "budget_duration": budgets, "budget_limits": budgets,
        "budget_id": budgets, "model_max_budget": budgets, "budget_fallbacks": budgets, "team_member_budget": budgets,
        "max_budget_in_team": budgets, "tpm_limit": limits, "rpm_limit": limits, "tpd_limit": limits,
        "model_rpm_limit": limits, "model_tpm_limit": limits,
        "spend": "What was spent is the ledger's: it is not set.",
        "key": "The texts of keys are made here.", "new_key": "The texts of keys are made here.",
        "aliases": "Names of models are the routes' here: give a route an alias.",
        "model_aliases": "Names of models are the routes' here: give a route an alias.",
        "organization_id": "There are teams here, and no organizations.",
    ]
}

extension AdminRefusal {
    /// 400 that names the field.
    static func unsupported(_ message: String, field: String?, hint: String? = nil) -> AdminRefusal {
        var details: JSONObject?
        if let field { details = ["field": .string(field)] }
        return AdminRefusal(400, "unsupported_field", message, hint: hint, details: details)
    }
}

extension JSONValue {
    /// A text, or null: LiteLLM's answers have all their members.
    static func orNull(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// US dollars.
    static func dollars(_ amount: NanoUSD) -> JSONValue { .double(Double(amount.rawValue) / 1e9) }

    static func count(_ number: Int64) -> JSONValue { .integer(String(number)) }
}
