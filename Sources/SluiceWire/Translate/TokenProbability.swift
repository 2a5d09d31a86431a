// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// How probable a token of an answer was, and what else might have stood there.
struct TokenProbability {
    typealias JSON = Conversation.JSON

    /// A JSON string, quotes included.
    var token: JSONItem
    /// The logarithm, a JSON number.
    var logarithm: JSON
    var others: [(token: JSONItem, logarithm: JSON)] = []

    /// Reads OpenAI's object: tokens of the text, then those of a refusal.
    static func openAI(_ item: JSONItem) -> [TokenProbability] {
        var all: [TokenProbability] = []
        for list in [item["content"], item["refusal"]] {
            guard let list else { continue }
            for element in list.elements {
                guard let (token, logarithm) = read(element.value, "logprob") else { continue }
                var one = TokenProbability(token: token, logarithm: logarithm)
                if let others = element.value["top_logprobs"] {
                    one.others = others.elements.compactMap { read($0.value, "logprob") }
                }
                all.append(one)
            }
        }
        return all
    }

    /// Reads Gemini's object, where what was chosen and what might have been stand in two lists.
    static func gemini(_ item: JSONItem) -> [TokenProbability] {
        guard let chosen = item["chosenCandidates"] else { return [] }
        var steps = item["topCandidates"]?.elements
        var all: [TokenProbability] = []
        for element in chosen.elements {
            let step = steps?.next()?.value
            guard let (token, logarithm) = read(element.value, "logProbability") else { continue }
            var one = TokenProbability(token: token, logarithm: logarithm)
            if let others = step?["candidates"] {
                one.others = others.elements.compactMap { read($0.value, "logProbability") }
            }
            all.append(one)
        }
        return all
    }

    /// Zero, which is a certain token's, may be left out.
    private static func read(_ item: JSONItem, _ name: StaticString) -> (token: JSONItem, logarithm: JSON)? {
        guard let token = item["token"], token.kind == .string else { return nil }
        guard let logarithm = item[name] else { return (token, Array("0".utf8)[...]) }
        return logarithm.kind == .number ? (token, logarithm.raw) : nil
    }
}

extension [TokenProbability] {
    func writeOpenAI(to out: inout JSONWriter) {
        out.beginObject()
        out.name("content")
        out.beginArray()
        for one in self {
            out.beginObject()
            TokenProbability.writeOpenAI(one.token, one.logarithm, to: &out)
            out.name("top_logprobs")
            out.beginArray()
            for other in one.others {
                out.beginObject()
                TokenProbability.writeOpenAI(other.token, other.logarithm, to: &out)
                out.endObject()
            }
            out.endArray()
            out.endObject()
        }
        out.endArray()
        out.member("refusal", word: "null")
        out.endObject()
    }

    func writeGemini(to out: inout JSONWriter) {
        out.beginObject()
        if contains(where: { !$0.others.isEmpty }) {
            out.name("topCandidates")
            out.beginArray()
            for one in self {
                out.beginObject()
                out.name("candidates")
                out.beginArray()
                for other in one.others { TokenProbability.writeGemini(other.token, other.logarithm, to: &out) }
                out.endArray()
                out.endObject()
            }
            out.endArray()
        }
        out.name("chosenCandidates")
        out.beginArray()
        for one in self { TokenProbability.writeGemini(one.token, one.logarithm, to: &out) }
        out.endArray()
        out.endObject()
    }

    /// A JSON number; `nil` where there is none.
    var average: String? {
        let all = compactMap { Double(String(decoding: $0.logarithm, as: UTF8.self)) }
        guard !all.isEmpty, all.count == count else { return nil }
        let average = all.reduce(0, +) / Double(all.count)
        return average.isFinite ? average.description : nil
    }
}

extension TokenProbability {
    fileprivate static func writeOpenAI(_ token: JSONItem, _ logarithm: JSON, to out: inout JSONWriter) {
        out.member("token", raw: token.raw)
        out.member("logprob", raw: logarithm)
        out.name("bytes")
        let text = token.string ?? ""
        // A piece of a letter has no bytes that could be told from its text.
        guard !text.unicodeScalars.contains("\u{FFFD}") else { return out.word("null") }
        out.beginArray()
        for byte in text.utf8 { out.number(Int64(byte)) }
        out.endArray()
    }

    fileprivate static func writeGemini(_ token: JSONItem, _ logarithm: JSON, to out: inout JSONWriter) {
        out.beginObject()
        out.member("token", raw: token.raw)
        out.member("logProbability", raw: logarithm)
        out.endObject()
    }
}

extension EventWriter {
    /// Tells them with the piece of text that was written last, if that is of the event at hand.
    ///
    /// - Parameter start: how much was written before the event.
    mutating func tell(_ probabilities: [TokenProbability], since start: Int) {
        guard !probabilities.isEmpty, !hasFailed else { return }
        // Where they stand in what follows upon a piece.
        let place: (before: Int, after: Int)
        switch caller {
        case .openai: place = ("},\"logprobs\":".utf8.count, "},\"logprobs\":null".utf8.count)
        case .gemini: place = ("],\"role\":\"model\"},".utf8.count, "],\"role\":\"model\"},".utf8.count)
        case .anthropic, .responses, .converse: return
        }
        begin()
        if out.count == start || !out.hasSuffix(back) {
            if caller == .openai { delta(#""content":""#, [], "\"") } else { emptyGemini() }
        }
        guard out.hasSuffix(back) else { return }
        out.removeLast(back.count)
        out += back.prefix(place.before)
        var json = JSONWriter(reserving: probabilities.count * 64)
        if caller == .openai { probabilities.writeOpenAI(to: &json) } else { probabilities.writeGemini(to: &json) }
        if caller == .gemini { out.append("\"logprobsResult\":") }
        out += json.bytes
        if caller == .gemini { out.append(",") }
        out += back.dropFirst(place.after)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ end: [UInt8]) -> Bool { count >= end.count && suffix(end.count).elementsEqual(end) }
}
