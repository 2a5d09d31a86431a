// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Parameters that a version sets at the top of a body, in any dialect.
extension RequestRewrite {
    /// Refuses a parameter of the version that hides behind escapes; each such name is read once.
    static func refuseHidden(
        _ parameters: [PlannedParameter],
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) {
        guard facts.hasEscapedNames, !parameters.isEmpty else { return }
        for index in 0..<facts.memberCount where body.holds(.backslash, in: facts.member(index).name) {
            let place = facts.member(index).name
            let name = Array(JSONText.unescaped(body, place).utf8)
            let isNamed = { (parameter: PlannedParameter) in
                text[parameter.name].elementsEqual(name) || text[parameter.rival].elementsEqual(name)
            }
            guard let parameter = parameters.first(where: isNamed) else { continue }
            throw refusal(parameter, in: text, at: place, "must be written without escapes")
        }
    }

    mutating func set(
        _ parameter: PlannedParameter,
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) {
        var found: Range<Int>?
        for index in 0..<facts.memberCount {
            let member = facts.member(index)
            guard member.name.count == parameter.name.count,
                body.equals(text, parameter.name, in: member.name)
            else { continue }
            guard found == nil else {
                throw RequestRewrite.refusal(parameter, in: text, at: member.name, "stands more than once")
            }
            found = member.value
        }
        let hasRival = parameter.rival.isEmpty ? false : try takeRival(of: parameter, in: text, facts, body)
        if let found {
            if parameter.isForced { put(parameter.json, over: found) }
        } else if parameter.isForced || !hasRival {
            put(parameter.insertion, over: facts.end..<facts.end)
        }
    }

    /// Whether the caller sent a parameter under its other name, which goes where the version sets it.
    private mutating func takeRival(
        of parameter: PlannedParameter,
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) -> Bool {
        var found: Int?
        for index in 0..<facts.memberCount {
            let name = facts.member(index).name
            guard name.count == parameter.rival.count, body.equals(text, parameter.rival, in: name) else {
                continue
            }
            guard found == nil else {
                throw RequestRewrite.refusal(
                    parameter,
                    in: text,
                    at: name,
                    "stands more than once under its other name"
                )
            }
            found = index
        }
        guard let found else { return false }
        if parameter.isForced { remove(found, of: facts) }
        return true
    }

    /// Takes a member out with one of the commas beside it.
    mutating func remove(_ index: Int, of facts: CallFacts) {
        let member = facts.member(index)
        let start = member.name.lowerBound - 1
        if index + 1 < facts.memberCount {
            put(0..<0, over: start..<(facts.member(index + 1).name.lowerBound - 1))
        } else if index > 0 {
            put(0..<0, over: facts.member(index - 1).value.upperBound..<member.value.upperBound)
        } else {
            put(0..<0, over: start..<member.value.upperBound)
        }
    }

    private static func refusal(
        _ parameter: PlannedParameter,
        in text: [UInt8],
        at name: Range<Int>,
        _ what: String
    ) -> Refusal {
        let shown = String(decoding: text[parameter.name], as: UTF8.self)
        return Refusal(
            .duplicateField,
            "The field \(shown) \(what) (byte \(name.lowerBound)); send it once.",
            param: shown
        )
    }
}
