// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The members of one object of a plan, read strictly: unknown names are errors that name the nearest known one.
struct PlanFields {
    let path: String
    private let object: JSONObject

    /// - Parameter example: what could stand here, where that is not plain: `such as {p99: 500ms}`.
    init(_ value: JSONValue, at path: String, known: [String], example: String? = nil) throws(PlanError) {
        guard case .object(let object) = value else {
            throw PlanError(path, "an object is needed here" + (example.map { ", \($0)" } ?? ""))
        }
        self.path = path
        self.object = object
        for member in object.members where !known.contains(member.name) {
            let hint = Nearest.names(to: member.name, among: known).first.map { "; did you mean '\($0)'?" } ?? ""
            throw PlanError(
                field(member.name),
                "unknown field\(hint.isEmpty ? "." : hint) Known here: \(known.joined(separator: ", "))"
            )
        }
    }

    func field(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    subscript(_ name: String) -> JSONValue? { object[name] }

    func text(_ name: String) throws(PlanError) -> String? {
        switch object[name] {
        case nil: return nil
        case .string(let text): return text
        default: throw PlanError(field(name), "a text is needed here")
        }
    }

    func flag(_ name: String) throws(PlanError) -> Bool? {
        switch object[name] {
        case nil: return nil
        case .bool(let flag): return flag
        default: throw PlanError(field(name), "true or false is needed here")
        }
    }

    func number(_ name: String) throws(PlanError) -> Double? {
        guard let value = object[name] else { return nil }
        guard let number = PlanFields.number(value) else { throw PlanError(field(name), "a number is needed here") }
        return number
    }

    func count(_ name: String) throws(PlanError) -> Int64? {
        switch object[name] {
        case nil: return nil
        case .integer(let digits):
            if let count = Int64(digits), count >= 0 { return count }
            fallthrough
        default: throw PlanError(field(name), "a whole number from 0 on is needed here")
        }
    }

    /// Seconds of `30s`, `48h`, `7d`.
    func seconds(_ name: String) throws(PlanError) -> Int64? {
        guard let value = object[name] else { return nil }
        if case .string(let text) = value, let duration = Duration(configText: text) {
            let (seconds, atto) = duration.components
            return seconds + (atto > 0 ? 1 : 0)
        }
        throw PlanError(field(name), "a duration is needed here, such as 30s, 15m, 48h or 7d")
    }

    /// Milliseconds of `500ms`, or of a plain number.
    func milliseconds(_ name: String) throws(PlanError) -> Double? {
        guard let value = object[name] else { return nil }
        if let number = PlanFields.number(value), number > 0 { return number }
        if case .string(let text) = value, let duration = Duration(configText: text) {
            return duration / .milliseconds(1)
        }
        throw PlanError(field(name), "a duration is needed here, such as 500ms or 2s")
    }

    /// A share: `5%` or `0.05`.
    func share(_ name: String) throws(PlanError) -> Double? {
        guard let value = object[name] else { return nil }
        if let number = PlanFields.number(value), (0...1).contains(number) { return number }
        if case .string(let text) = value, text.hasSuffix("%"), let number = Double(text.dropLast()),
            (0...100).contains(number)
        {
            return number / 100
        }
        throw PlanError(field(name), "a share is needed here, such as 5% or 0.05")
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let digits): Double(digits)
        case .double(let number): number.isFinite ? number : nil
        default: nil
        }
    }
}
