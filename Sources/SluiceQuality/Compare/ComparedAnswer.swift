// SPDX-License-Identifier: Apache-2.0

/// What a comparison knows of one answer, whatever dialect it came in.
package struct ComparedAnswer: Sendable, Equatable {
    /// Of HTTP; absent where nobody answered.
    package var status: Int?
    /// As the dialect spells it.
    package var finishReason: String?
    /// The text without reasoning.
    package var text: String
    /// The model refused in a field of its own, or by its reason.
    package var isRefusal: Bool
    package var toolCalls: [ToolCall]
    package var model: String?
    package var inputTokens: Int?
    package var outputTokens: Int?
    /// Nanoseconds to its end.
    package var duration: Int64?
    /// Nano-dollars.
    package var cost: Int64?

    package init(
        status: Int?,
        text: String = "",
        finishReason: String? = nil,
        isRefusal: Bool = false,
        toolCalls: [ToolCall] = [],
        model: String? = nil,
        inputTokens: Int? = nil,
        outputTokens: Int? = nil,
        duration: Int64? = nil,
        cost: Int64? = nil
    ) {
        self.status = status
        self.text = text
        self.finishReason = finishReason
        self.isRefusal = isRefusal
        self.toolCalls = toolCalls
        self.model = model
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.duration = duration
        self.cost = cost
    }

    package struct ToolCall: Sendable, Equatable {
        package var name: String
        /// JSON as the model wrote it.
        package var arguments: String

        package init(name: String, arguments: String) {
            self.name = name
            self.arguments = arguments
        }
    }

    /// Tool calls count as the reason also where a dialect says `stop` beside them.
    package var finish: FinishClass? {
        let named = finishReason.map { FinishClass(reason: $0) }
        return named == .stop && !toolCalls.isEmpty ? .tools : named
    }

    package var refuses: Bool { isRefusal || finish == .refusal }
}
