// SPDX-License-Identifier: Apache-2.0

/// How a model is asked to go on with an assistant's message that has begun.
package enum Prefill: String, Sendable, CaseIterable {
    /// It goes on where the last message is an assistant's.
    case message
    /// The last message says so itself: `"prefix": true` (Mistral, DeepSeek).
    case prefix
    /// The request says so: `continue_final_message`, and no generation prompt (vLLM, SGLang).
    case continueFinalMessage = "continue_final_message"
}
