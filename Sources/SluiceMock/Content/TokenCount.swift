// SPDX-License-Identifier: Apache-2.0

/// How the simulated provider counts the tokens of a request.
enum TokenCount {
    /// One token for four bytes begun.
    static func text(_ text: String) -> Int { (text.utf8.count + 3) / 4 }

    /// Three for each message and three for the answer's start; an image, sound or file counts 85.
    static func messages(_ messages: [ChatRequest.Message]) -> Int {
        messages.reduce(3) { $0 + 3 + text($1.text) + 85 * $1.otherParts }
    }
}

/// The usage of one answer as the OpenAI API reports it.
struct MockUsage: Equatable {
    var prompt: Int
    var cached: Int
    /// Includes `reasoning`.
    var completion: Int
    var reasoning: Int

    init(prompt: Int, profile: Profile, text: Int) {
        self.prompt = profile.promptTokens ?? prompt
        cached = Int(Double(self.prompt) * (profile.cachedShare ?? 0))
        reasoning = profile.reasoningTokens ?? 0
        completion = text + reasoning
    }

    var json: String {
        "{\"prompt_tokens\":\(prompt),\"completion_tokens\":\(completion),\"total_tokens\":\(prompt + completion),"
            + "\"prompt_tokens_details\":{\"cached_tokens\":\(cached),\"audio_tokens\":0},"
            + "\"completion_tokens_details\":{\"reasoning_tokens\":\(reasoning),\"audio_tokens\":0,"
            + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"
    }
}
