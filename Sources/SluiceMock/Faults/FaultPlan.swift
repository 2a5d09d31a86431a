// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Which requests meet which fault: by their number, by chance, by time.
///
/// The first rule that holds for a request decides; a request that none holds for is answered as the settings say.
package struct FaultPlan: Sendable, Equatable {
    package var rules: [Rule]

    package init(rules: [Rule] = []) { self.rules = rules }

    package struct Rule: Sendable, Equatable {
        package var fault: WireFault
        /// The models it holds for; every one without it.
        package var models: [String]?
        /// Numbers of requests, from 1, counted among those of these models in the window of time.
        package var requests: ClosedRange<Int>?
        /// Of those the 1st, the n+1st and so on.
        package var every: Int?
        /// Of those a share by chance, 0…1.
        package var share: Double?
        /// The window of time, from the plan's start; the end is excluded.
        package var from: Duration
        package var to: Duration?

        func holds(at elapsed: Duration) -> Bool { elapsed >= from && (to.map { elapsed < $0 } ?? true) }
    }

    /// The fault of one request.
    ///
    /// - Parameters:
    ///   - elapsed: since the plan's start.
    ///   - counts: requests so far per rule, as many as there are rules; counted up here.
    func fault(model: String, elapsed: Duration, counts: inout [Int], dice: inout Dice) -> WireFault? {
        var found: WireFault?
        for (index, rule) in rules.enumerated() {
            guard rule.models?.contains(model) ?? true, rule.holds(at: elapsed) else { continue }
            counts[index] += 1
            let number = counts[index]
            guard found == nil else { continue }
            if let requests = rule.requests, !requests.contains(number) { continue }
            if let every = rule.every, (number - (rule.requests?.lowerBound ?? 1)) % every != 0 { continue }
            if let share = rule.share, dice.fraction() >= share { continue }
            found = rule.fault
        }
        return found
    }

    /// What the listening socket does at a moment, and when that changes next.
    func listening(at elapsed: Duration) -> (fault: WireFault?, next: Duration?) {
        let listeners = rules.filter(\.fault.isListener)
        let now = listeners.first { $0.holds(at: elapsed) }?.fault
        let edges = listeners.flatMap { rule in [rule.from, rule.to].compactMap { $0 } }
        return (now, edges.filter { $0 > elapsed }.min())
    }
}

extension FaultPlan {
    /// Reads `{faults: [{fault, models, requests, every, share, from, to}]}`, or the list alone; unknown names are refused.
    package init(_ value: JSONValue) throws(SettingsError) {
        var list = value.array
        if let object = value.object {
            for (name, _) in object.members where name != "faults" {
                throw SettingsError(field: name, expected: "only faults, a list of rules")
            }
            list = object["faults"]?.array
        }
        guard let list else { throw SettingsError(field: "faults", expected: "a list of rules") }
        rules = []
        for (index, value) in list.enumerated() { rules.append(try Rule(value, at: "faults[\(index)]")) }
    }
}

extension FaultPlan.Rule {
    fileprivate init(_ value: JSONValue, at field: String) throws(SettingsError) {
        guard let object = value.object else { throw SettingsError(field: field, expected: "an object with fault") }
        guard let fault = object["fault"]?.string.flatMap({ WireFault($0) }) else {
            throw SettingsError(
                field: "\(field).fault",
                expected: "one of \(WireFault.forms.joined(separator: ", ")), numbers of your own"
            )
        }
        self.init(fault: fault, from: .zero)
        for (name, value) in object.members where name != "fault" {
            try set(name, to: value, at: "\(field).\(name)")
        }
        if let to, to <= from { throw SettingsError(field: "\(field).to", expected: "a time after from") }
        if fault.isListener, models != nil || requests != nil || every != nil || share != nil {
            throw SettingsError(field: field, expected: "only from and to, since no request has come yet")
        }
    }

    private mutating func set(_ name: String, to value: JSONValue, at field: String) throws(SettingsError) {
        switch name {
        case "model", "models":
            let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string)
            guard let names, !names.isEmpty, names.count == (value.array?.count ?? 1) else {
                throw SettingsError(field: field, expected: "a model, or a list of models")
            }
            models = names
        case "requests":
            guard let range = FaultPlan.Rule.range(value) else {
                throw SettingsError(field: field, expected: "a number like 3, or a range like 10-20, from 1")
            }
            requests = range
        case "every":
            guard let number = value.wholeNumber, (1...1_000_000_000).contains(number) else {
                throw SettingsError(field: field, expected: "a whole number from 1")
            }
            every = number
        case "share":
            guard let number = value.number, (0...1).contains(number) else {
                throw SettingsError(field: field, expected: "a number from 0 to 1")
            }
            share = number
        case "from": from = try FaultPlan.Rule.time(value, field)
        case "to": to = try FaultPlan.Rule.time(value, field)
        default:
            throw SettingsError(field: field, expected: "one of fault, models, requests, every, share, from, to")
        }
    }

    private static func range(_ value: JSONValue) -> ClosedRange<Int>? {
        if let number = value.wholeNumber { return number >= 1 ? number...number : nil }
        let parts = value.string?.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) } ?? []
        guard let first = parts.first, let low = first, low >= 1 else { return nil }
        guard parts.count == 2 else { return parts.count == 1 ? low...low : nil }
        guard let high = parts[1], high >= low else { return nil }
        return low...high
    }

    private static func time(_ value: JSONValue, _ field: String) throws(SettingsError) -> Duration {
        if value.wholeNumber == 0 { return .zero }
        guard let text = value.string, case .fixed(let milliseconds)? = Spread(text, unit: .milliseconds),
            milliseconds <= 86_400_000
        else { throw SettingsError(field: field, expected: "a duration like 30s or 2m, up to a day") }
        return .milliseconds(Int64(milliseconds))
    }
}
