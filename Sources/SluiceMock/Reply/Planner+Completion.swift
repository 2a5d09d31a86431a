// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Planner {
    /// `/v1/completions`: text goes on from a prompt, or from each of several.
    func completion(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let object = try body(of: request, &entry)
        let model = try object.requiredModel()
        let limits = try AnswerLimits(object)
        let (isStream, includesUsage) = try object.streaming()
        let prompts = try Planner.texts(object, "prompt", optional: true)
        let profile = settings.profile(of: model)
        let answers = prompts.flatMap { prompt in
            (0..<limits.choices).map { text(after: prompt.text, choice: $0, model, profile, limits) }
        }
        let tokens = answers.reduce(0) { $0 + $1.pieces.count }
        let usage = MockUsage(prompt: prompts.reduce(0) { $0 + $1.tokens }, profile: profile, text: tokens)
        let id = answerID("cmpl-")
        entry.answerID = id
        entry.isStream = isStream
        entry.usage = usage
        let common =
            "\"id\":\"\(id)\",\"object\":\"text_completion\",\"created\":\(created),"
            + "\"model\":\(MockJSON.quoted(model))"
        guard isStream else {
            let choices = answers.enumerated().map {
                Planner.choice($0, MockJSON.quoted($1.pieces.joined()), "\"\($1.finish)\"")
            }
            let whole = "{\(common),\"choices\":[\(choices.joined(separator: ","))],\"usage\":\(usage.json)}"
            return dress(Draft(whole: whole), model: model, profile: profile, entry: entry)
        }
        let tail = includesUsage ? ",\"usage\":null" : ""
        var events: [Draft.Event] = []
        for (index, answer) in answers.enumerated() {
            for piece in Answer.regrouped(answer.pieces, into: profile.chunks) {
                let choice = Planner.choice(index, MockJSON.quoted(piece), "null")
                events.append(Draft.Event(text: "data: {\(common),\"choices\":[\(choice)]\(tail)}\n\n", tokens: 1))
            }
            let choice = Planner.choice(index, "\"\"", "\"\(answer.finish)\"")
            events.append(Draft.Event(text: "data: {\(common),\"choices\":[\(choice)]\(tail)}\n\n", tokens: 0))
        }
        if includesUsage {
            let text = "data: {\(common),\"choices\":[],\"usage\":\(usage.json)}\n\n"
            events.append(Draft.Event(text: text, tokens: 0))
        }
        let draft = Draft(events: events, ending: "data: [DONE]\n\n")
        return dress(draft, model: model, profile: profile, entry: entry)
    }

    private func text(
        after prompt: String,
        choice: Int,
        _ model: String,
        _ profile: Profile,
        _ limits: AnswerLimits
    ) -> (pieces: [String], finish: String) {
        var dice = Dice(seed: seed, "completion", model, "\(profile.drift ?? 0)", "\(choice)", prompt)
        let wanted = (profile.outputTokens ?? .uniform(16, 40)).count(&dice)
        let limit = limits.tokens ?? 16
        let pieces = Phrases.pieces(about: prompt, count: min(wanted, limit), dice: &dice)
        let kept = Phrases.cut(pieces, at: limits.stop)
        return (kept, kept.count == pieces.count && wanted > limit ? "length" : "stop")
    }

    private static func choice(_ index: Int, _ text: String, _ finish: String) -> String {
        "{\"text\":\(text),\"index\":\(index),\"logprobs\":null,\"finish_reason\":\(finish)}"
    }

    /// A text, texts, tokens, or lists of tokens.
    static func texts(
        _ object: JSONObject,
        _ name: String,
        optional: Bool = false
    ) throws(MockFailure) -> [(text: String, tokens: Int)] {
        guard let value = object.present(name) else {
            guard optional else { throw .missing(name) }
            return [("", 0)]
        }
        if let text = value.string { return [(text, TokenCount.text(text))] }
        guard let list = value.array, let first = list.first, list.count <= 2_048 else {
            throw .badRequest("Invalid '\(name)': expected a text or 1 to 2048 of them.", param: name)
        }
        if first.wholeNumber != nil {
            let numbers = list.compactMap(\.wholeNumber)
            guard numbers.count == list.count else { throw .wrongType(name, expected: "an array of integers") }
            return [(numbers.map(String.init).joined(separator: " "), numbers.count)]
        }
        var texts: [(text: String, tokens: Int)] = []
        for element in list {
            if let text = element.string {
                texts.append((text, TokenCount.text(text)))
            } else if let numbers = element.array?.compactMap(\.wholeNumber), numbers.count == element.array?.count {
                texts.append((numbers.map(String.init).joined(separator: " "), numbers.count))
            } else {
                throw .wrongType(name, expected: "an array of strings or of arrays of integers")
            }
        }
        return texts
    }
}
