// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What one choice of a chat answer says: a text in pieces, or calls of tools.
struct Answer {
    /// The text, one piece per token; none where tools are called.
    var pieces: [String] = []
    var calls: [Call] = []
    var finish = "stop"
    /// What the model says where it refuses.
    var refusal: String?

    struct Call {
        var id: String
        var name: String
        /// JSON text in pieces, one per token.
        var arguments: [String]
    }

    var text: String { pieces.joined() }
    var tokens: Int { pieces.count + calls.reduce(0) { $0 + 4 + $1.arguments.count } }

    /// The answer to a request, which follows from the seed, the model, its drift and the request's words alone.
    init(to request: ChatRequest, choice: Int, profile: Profile, seed: UInt64) {
        let words = request.messages.map { "\($0.role)\u{1F}\($0.text)" }
        var dice = Dice(
            seed: seed,
            "chat",
            request.model,
            "\(profile.drift ?? 0)",
            "\(choice)",
            words.joined(separator: "\n")
        )
        let called = request.calledTools
        if !called.isEmpty {
            calls = called.map { tool in
                var schema = SchemaAnswer(tool.parameters ?? .object(JSONObject()), dice: dice)
                let id = SeededHash.text(seed: dice.next(), tool.name)
                return Call(
                    id: "call_\(id)",
                    name: tool.name,
                    arguments: tool.parameters == nil ? ["{}"] : Answer.pieces(of: schema.text())
                )
            }
            finish = "tool_calls"
            return
        }
        switch request.answer {
        case .text:
            let count = (profile.outputTokens ?? .uniform(16, 40)).count(&dice)
            pieces = Phrases.pieces(about: request.question, count: count, dice: &dice)
            pieces = Phrases.cut(pieces, at: request.limits.stop)
        case .anyJSON:
            pieces = Answer.pieces(of: "{\"answer\":\(MockJSON.quoted(String(request.question.prefix(80))))}")
        case .schema(let schema):
            var answer = SchemaAnswer(schema, dice: dice)
            pieces = Answer.pieces(of: answer.text())
        }
        limit(to: request.limits.tokens)
    }

    /// The answer with something wrong in it.
    mutating func spoil(_ flaw: Fault.Flaw) {
        switch flaw {
        case .badArguments:
            for index in calls.indices { calls[index].arguments = Answer.pieces(of: "{\"broken\": ") }
        case .badJSON:
            if pieces.first?.hasPrefix("{") == true { pieces = Array(pieces.dropLast()) + [","] }
        case .refuse:
            calls = []
            pieces = []
            refusal = "I'm sorry, but I can't help with that."
            finish = "stop"
        case .short:
            calls = []
            pieces = Array(pieces.prefix(max(1, pieces.count / 2)))
            finish = "length"
        case .silent:
            calls = []
            pieces = []
            finish = "stop"
        case .loop:
            if calls.isEmpty { pieces = Array(repeating: pieces, count: 5).flatMap { $0 } }
        }
    }

    private mutating func limit(to tokens: Int?) {
        guard let tokens, pieces.count > tokens else { return }
        pieces = Array(pieces.prefix(tokens))
        finish = "length"
    }

    /// A text in pieces of four characters, as tokens of JSON about are.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(4)))
            rest = rest.dropFirst(4)
        }
        return pieces
    }

    /// The text in a number of pieces, or one per token.
    static func regrouped(_ pieces: [String], into count: Int?) -> [String] {
        guard let count, count > 0, count < pieces.count else { return pieces }
        return (0..<count).map { index in
            pieces[(index * pieces.count / count)..<((index + 1) * pieces.count / count)].joined()
        }
    }
}

extension SeededHash {
    static func text(seed: UInt64, _ word: String) -> String {
        var fingerprint = SeededHash(seed: seed)
        fingerprint.add(word)
        return fingerprint.text
    }
}
