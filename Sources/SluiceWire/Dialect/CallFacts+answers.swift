// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// How long answers may become, by what the caller says. Of a member that stands twice, or whose name hides behind escapes, the
// largest holds: which one a provider takes is not known.

extension CallFacts {
    /// The caller's cap on output tokens; a negative one is none.
    package func outputCap(in body: RawSpan) -> Int64? {
        if endpoint.dialect == .gemini {
            return [caps.0, caps.1].compactMap { $0.flatMap { CallFacts.count(body, $0.range) } }.max()
        }
        switch endpoint.operation {
        case .responses, .compact: return largest(["max_output_tokens"], in: body)
        case .completions: return largest(["max_tokens"], in: body)
        default: return largest(["max_tokens", "max_completion_tokens"], in: body)
        }
    }

    /// How many answers the request asks for, each of which may be as long as its cap: `n`, or `best_of` where that is more,
    /// of each prompt.
    package func answers(in body: RawSpan) -> Int64 {
        let asked: Int64?
        if endpoint.dialect == .gemini {
            asked = candidates.flatMap { CallFacts.count(body, $0.range) }
        } else {
            asked = largest(["n", "best_of"], in: body)
        }
        let (all, overflow) = max(asked ?? 1, 1).multipliedReportingOverflow(by: prompts(in: body))
        return overflow ? .max : all
    }

    private func largest(_ names: [StaticString], in body: RawSpan) -> Int64? {
        var most: Int64?
        for index in 0..<memberCount {
            let member = member(index)
            guard names.contains(where: { isNamed($0, member, body) }), let count = CallFacts.count(body, member.value)
            else {
                continue
            }
            most = max(most ?? 0, count)
        }
        return most
    }

    private func isNamed(_ name: StaticString, _ member: Member, _ body: RawSpan) -> Bool {
        if body.equals(name, in: member.name) { return true }
        guard hasEscapedNames, body.holds(.backslash, in: member.name) else { return false }
        return JSONText.unescaped(body, member.name) == name.description
    }

    /// A number that is not negative, rounded up; the spelling is the caller's.
    private static func count(_ body: RawSpan, _ range: Range<Int>) -> Int64? {
        guard range.count <= 64, range.upperBound <= body.byteCount else { return nil }
        let text = String(decoding: body.copy(range), as: UTF8.self)
        if let count = Int64(text) { return count >= 0 ? count : nil }
        guard let number = Double(text), number.isFinite, number >= 0 else { return nil }
        return Int64(min(number, 1e12).rounded(.up))
    }

    /// Texts, or lists of tokens, that a completion goes on from.
    private func prompts(in body: RawSpan) -> Int64 {
        guard endpoint.operation == .completions, let userContent, userContent.upperBound <= body.byteCount else {
            return 1
        }
        var cursor = JSONCursor(at: userContent.lowerBound)
        var count: Int64 = 0
        do throws(JSONFault) {
            guard try cursor.peek(body) == .openBracket, try cursor.enter(body, closing: .closeBracket) else {
                return 1
            }
            repeat {
                let first = try cursor.peek(body)
                guard first == .quote || first == .openBracket else { return 1 }
                try cursor.skipValue(body, depth: 2)
                count += 1
            } while try cursor.next(body, closing: .closeBracket)
        } catch {
            return 1
        }
        return max(count, 1)
    }
}
