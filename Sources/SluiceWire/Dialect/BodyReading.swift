// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Small readings of requests' bodies that the passes of several dialects share.
enum BodyReading {
    /// Steps to the brace that a body begins with.
    static func begin(_ cursor: inout JSONCursor, _ body: RawSpan) throws(BodyFault) {
        do throws(JSONFault) {
            guard body.byteCount > 0 else { throw JSONFault(kind: .endsEarly, offset: 0) }
            guard try cursor.peek(body) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        } catch {
            if error.kind == .endsEarly { throw .empty }
            throw body.byteCount >= 3 && body.byte(0) == 0xEF && body.byte(1) == 0xBB && body.byte(2) == 0xBF
                ? .mark : .notAnObject
        }
    }

    static func checkModel(_ facts: CallFacts) throws(BodyFault) {
        guard facts.model.kind != .null else { throw .missingModel }
        guard facts.model.kind == .string else { throw .wrongType("model", wanted: "a string") }
        guard facts.model.range.count > 2 else { throw .missingModel }
    }

    static func isNamed(
        _ wanted: StaticString,
        _ name: (range: Range<Int>, hasEscape: Bool),
        _ body: RawSpan
    ) -> Bool {
        guard name.hasEscape else { return body.equals(wanted, in: name.range) }
        return JSONText.unescaped(body, name.range) == wanted.description
    }

    /// A string with something in it, or a number.
    static func isName(_ field: CallFacts.Field) -> Bool {
        field.kind == .number || (field.kind == .string && field.range.count > 2)
    }

    static func kind(_ first: UInt8) -> CallFacts.Field.Kind {
        switch first {
        case .quote: .string
        case .openBrace: .object
        case .openBracket: .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }
}

/// Why a request's body cannot be served: what the reading of it ends with, in any dialect.
enum BodyFault: Error {
    case json(JSONFault)
    case notAnObject
    case empty
    case mark
    case repeated(Range<Int>)
    case escaped(Range<Int>)
    case nestedRepeated(StaticString)
    case wrongType(StaticString, wanted: StaticString)
    case missingModel
    case twoBindings

    func refusal(_ body: RawSpan) -> Refusal {
        switch self {
        case .json(let fault) where fault.kind == .depth:
            Refusal(.tooDeep, "The request body is refused: \(fault.message(in: body)).")
        case .json(let fault) where fault.kind == .members:
            Refusal(.badRequest, "The request body is refused: \(fault.message(in: body)).")
        case .json(let fault):
            Refusal(.invalidJSON, "The request body is not valid JSON: \(fault.message(in: body)).")
        case .notAnObject: Refusal(.invalidJSON, "The request body must be a JSON object, beginning with '{'.")
        case .empty: Refusal(.invalidJSON, "The request body is empty; it must be a JSON object.")
        case .mark: Refusal(.invalidJSON, "The request body begins with a byte order mark; send it without.")
        case .repeated(let name):
            duplicate(JSONText.unescaped(body, name), at: name.lowerBound, "stands more than once")
        case .escaped(let name):
            duplicate(JSONText.unescaped(body, name), at: name.lowerBound, "must be written without escapes")
        case .nestedRepeated(let name):
            Refusal(.duplicateField, "\(name) stands more than once; send it once.", param: name.description)
        case .wrongType(let name, let wanted):
            Refusal(.badRequest, "\(name) must be \(wanted).", param: name.description)
        case .missingModel:
            Refusal(.missingModel, "The request names no model; set \"model\" to a route's name.", param: "model")
        case .twoBindings:
            Refusal(
                .badRequest,
                "Send previous_response_id or conversation, not both.",
                param: "previous_response_id"
            )
        }
    }

    private func duplicate(_ name: String, at offset: Int, _ what: String) -> Refusal {
        Refusal(.duplicateField, "The field \(name) \(what) (byte \(offset)); send it once.", param: name)
    }
}
