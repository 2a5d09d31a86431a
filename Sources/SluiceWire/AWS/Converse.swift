// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Amazon Bedrock's Converse: one form for the models of all makers.
///
/// Only the relay speaks it, in what it translates.
enum Converse {
    /// Below the provider's own path; a model may be an ARN, whose slashes are no parts of the path.
    static func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        let verb: String
        switch operation {
        case .chat: verb = isStream ? "converse-stream" : "converse"
        case .countTokens: verb = "count-tokens"
        default: return nil
        }
        return "/model/\(PathText.encoded(model))/\(verb)"
    }

    /// Reads a request that was written here.
    static func facts(of body: RawSpan, for operation: Operation) throws(Refusal) -> CallFacts {
        guard body.byteCount <= Int(UInt32.max) else { throw Refusal(.bodyTooLarge, "the body is too large") }
        let facts = CallFacts(of: Outcome.Endpoint(.converse, operation))
        var cursor = JSONCursor(at: 0)
        do throws(JSONFault) {
            guard try cursor.peek(body) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
            if try cursor.enter(body, closing: .closeBrace) {
                repeat {
                    let name = try cursor.name(body)
                    facts.hasEscapedNames = facts.hasEscapedNames || name.hasEscape
                    let first = try cursor.peek(body)
                    let start = cursor.position
                    try cursor.skipValue(body, depth: 1)
                    let value = start..<cursor.position
                    facts.add(CallFacts.Member(name: name.range, value: value))
                    facts.end = cursor.position
                    guard body.equals("system", in: name.range), first == .openBracket else { continue }
                    facts.instructions = CallFacts.Field(range: value, kind: .array)
                } while try cursor.next(body, closing: .closeBrace)
            }
        } catch {
            throw BodyFault.json(error).refusal(body)
        }
        return facts
    }

    // MARK: answers

    /// What a member of the top level of a whole answer is.
    static func member(named name: Range<Int>, of bytes: RawSpan) -> AnswerMetering.Member {
        switch name.count {
        case 5 where bytes.equals("usage", in: name): .usage
        case 6 where bytes.equals("output", in: name): .sign
        case 11 where bytes.equals("inputTokens", in: name): .sign
        case 11 where bytes.equals("serviceTier", in: name): .tier
        default: .other
        }
    }
}
