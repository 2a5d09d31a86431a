// SPDX-License-Identifier: Apache-2.0

/// Two answers to one request, rung by rung: what is the same, what differs, and by how much.
///
/// Never one word for all of it.
package struct Comparison: Sendable, Equatable {
    package var status: Match
    package var finish: Match
    package var refusal: Sides
    package var toolCalls: ToolCallComparison
    package var json: JSONMatch
    package var text: TextMatch
    /// Absent where a text is too long to be compared at all.
    package var similarity: Similarity?
    /// What Python's difflib says with its defaults; absent over 20 000 code points.
    package var similarityDifflib: Double?
    /// The second by the first; absent where one is unknown or the first is 0.
    package var lengthRatio: Double?
    package var tokenRatio: Double?
    package var durationRatio: Double?
    package var costRatio: Double?
    package var model: ModelMatch

    package enum Match: String, Sendable, CaseIterable {
        case equal, differs
        /// One of the two does not say, or both.
        case unknown
    }

    package enum Sides: String, Sendable, CaseIterable {
        case neither, first, second, both

        init(_ first: Bool, _ second: Bool) {
            self = first ? (second ? .both : .first) : (second ? .second : .neither)
        }
    }

    package enum TextMatch: String, Sendable, CaseIterable {
        case equal
        /// The same but for spaces, case, and typesetters' quotes.
        case normalised
        case differs
    }

    package enum ModelMatch: String, Sendable, CaseIterable {
        case equal
        /// One is the other with a date or a provider's prefix.
        case snapshot
        case differs
        case unknown
    }

    /// - Parameter schema: the shape that the caller asked for.
    package init(_ first: ComparedAnswer, _ second: ComparedAnswer, schema: JSONSchema? = nil) {
        status = Comparison.match(first.status.map { $0 / 100 }, second.status.map { $0 / 100 })
        finish = Comparison.match(first.finish, second.finish)
        refusal = Sides(first.refuses, second.refuses)
        toolCalls = ToolCallComparison(first.toolCalls, second.toolCalls)
        json = JSONMatch(first.text, second.text, schema: schema)
        if first.text.utf8.elementsEqual(second.text.utf8) {
            text = .equal
        } else {
            text = Normalised.text(first.text) == Normalised.text(second.text) ? .normalised : .differs
        }
        similarity = Similarity.of(first.text, second.text)
        similarityDifflib = Similarity.difflib(first.text, second.text)
        lengthRatio = Comparison.ratio(first.text.unicodeScalars.count, second.text.unicodeScalars.count)
        tokenRatio = Comparison.ratio(first.outputTokens, second.outputTokens)
        durationRatio = Comparison.ratio(first.duration, second.duration)
        costRatio = Comparison.ratio(first.cost, second.cost)
        model = Comparison.modelMatch(first.model, second.model)
    }

    private static func match<Value: Equatable>(_ first: Value?, _ second: Value?) -> Match {
        guard let first, let second else { return .unknown }
        return first == second ? .equal : .differs
    }

    private static func ratio<Value: BinaryInteger>(_ first: Value?, _ second: Value?) -> Double? {
        guard let first, let second, first > 0 else { return nil }
        return Double(second) / Double(first)
    }

    private static func modelMatch(_ first: String?, _ second: String?) -> ModelMatch {
        guard let first, let second else { return .unknown }
        if first == second { return .equal }
        return bareName(first) == bareName(second) ? .snapshot : .differs
    }

    /// A model's name without a provider's prefix and a date: `openai/gpt-5.2-2026-11-01` is `gpt-5.2`.
    static func bareName(_ name: String) -> String {
        var words = (name.split(separator: "/").last ?? "").lowercased().split(separator: "-")[...]
        if words.last == "latest" { words.removeLast() }
        let isNumber = { (word: Substring, digits: Int) in word.utf8.count == digits && word.allSatisfy(\.isNumber) }
        if words.count > 1, let last = words.last, isNumber(last, 8) {
            words.removeLast()
        } else if words.count > 3 {
            let tail = Array(words.suffix(3))
            if isNumber(tail[0], 4), isNumber(tail[1], 2), isNumber(tail[2], 2) { words.removeLast(3) }
        }
        return words.joined(separator: "-")
    }
}

/// What two texts are as JSON.
package struct JSONMatch: Sendable, Equatable {
    package var first: Form
    package var second: Form
    /// Values are the same, objects without order and numbers exactly; absent where not both are JSON.
    package var isSame: Bool?
    /// Whether each fits the schema asked for; absent where none was, where it is no JSON, or where the schema cannot tell.
    package var firstFits: Bool?
    package var secondFits: Bool?

    package enum Form: String, Sendable, CaseIterable {
        /// Text. Where a schema was asked for, any text that is no JSON.
        case none
        case json
        /// Inside a Markdown fence, which a program that reads the answer would fall over.
        case fenced
        /// A member's name stands twice.
        case repeated

        package var isReadable: Bool { self != .none }
    }

    /// Texts that are a lone number or word are JSON only where a schema was asked for.
    init(_ first: String, _ second: String, schema: JSONSchema?) {
        let (one, other) = (ComparedText(first, isAsked: schema != nil), ComparedText(second, isAsked: schema != nil))
        self.first = one.form
        self.second = other.form
        if let left = one.value, let right = other.value { isSame = left == right }
        guard let schema else { return }
        firstFits = one.value.flatMap { schema.verdict(on: $0).fits }
        secondFits = other.value.flatMap { schema.verdict(on: $0).fits }
    }
}

/// A text as JSON, if it is any.
package struct ComparedText: Sendable {
    package let form: JSONMatch.Form
    package let value: ExactJSON?

    package init(_ text: String, isAsked: Bool) {
        let (content, isFenced) = ComparedText.content(Array(text.utf8))
        let begins = content.first == UInt8(ascii: "{") || content.first == UInt8(ascii: "[")
        guard begins || isAsked, let document = try? ExactDocument(parsing: content) else {
            (form, value) = (.none, nil)
            return
        }
        value = document.value
        form = document.hasRepeatedNames ? .repeated : isFenced ? .fenced : .json
    }

    /// The text without spaces at its ends, and what stands in its fence if all of it is in one.
    private static func content(_ text: [UInt8]) -> (ArraySlice<UInt8>, isFenced: Bool) {
        let bare = trimmed(text[...])
        let fence = Array("```".utf8)
        guard bare.count >= 6, bare.starts(with: fence), bare.suffix(3).elementsEqual(fence),
            let line = bare.firstIndex(of: 0x0A), line < bare.endIndex - 3
        else { return (bare, false) }
        return (trimmed(bare[(line + 1)..<(bare.endIndex - 3)]), true)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
        let rest = text.drop(while: isSpace)
        return rest.dropLast(rest.reversed().prefix(while: isSpace).count)
    }
}
