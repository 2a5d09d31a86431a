// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// A whole answer in terms that all dialects share.
struct TranslatedAnswer {
    typealias JSON = Conversation.JSON

    /// JSON strings, quotes included.
    var id: JSON?
    var model: JSON?
    var pieces: [Conversation.Piece] = []
    var finish = Finish.end
    /// The sequence that ended it, a JSON string.
    var stop: JSON?
    var usage: Usage?
    var tier: JSON?
    var probabilities: [TokenProbability] = []
}

/// Why an answer ended.
enum Finish: Sendable {
    case end, length, stopSequence, calls, pause, refusal, contextFull

    init(anthropic reason: Span<UInt8>) {
        self =
            if reason.equals("max_tokens") {
                .length
            } else if reason.equals("tool_use") {
                .calls
            } else if reason.equals("stop_sequence") {
                .stopSequence
            } else if reason.equals("pause_turn") {
                .pause
            } else if reason.equals("refusal") {
                .refusal
            } else if reason.equals("model_context_window_exceeded") {
                .contextFull
            } else {
                .end
            }
    }

    init(openAI reason: Span<UInt8>) {
        self =
            if reason.equals("length") {
                .length
            } else if reason.equals("tool_calls") || reason.equals("function_call") {
                .calls
            } else if reason.equals("content_filter") {
                .refusal
            } else {
                .end
            }
    }

    var anthropic: StaticString {
        switch self {
        case .end: "end_turn"
        case .length: "max_tokens"
        case .stopSequence: "stop_sequence"
        case .calls: "tool_use"
        case .pause: "pause_turn"
        case .refusal: "refusal"
        case .contextFull: "model_context_window_exceeded"
        }
    }

    var openAI: StaticString {
        switch self {
        case .end, .stopSequence, .pause: "stop"
        case .length, .contextFull: "length"
        case .calls: "tool_calls"
        case .refusal: "content_filter"
        }
    }
}
