// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How a version changes requests in its provider's dialect, made once a snapshot: the second role.
package enum RequestRewriting: Sendable {
    case openai(RewritePlan)
    case anthropic(MessagesPlan)
    case gemini(GeminiPlan)
    case converse(ConversePlan)
    case custom(CustomDialect, model: String)

    /// Works out what is changed in a request.
    ///
    /// - Parameter asksForUsage: ask the provider of a stream for its usage.
    /// - Throws: a `Refusal` where the body says twice, or hides, what the version sets.
    package func rewrite(
        _ facts: CallFacts,
        of body: RawSpan,
        asksForUsage: Bool
    ) throws(Refusal) -> RequestRewrite {
        switch self {
        case .openai(let plan):
            switch facts.endpoint.operation {
            case .responses, .countTokens, .compact: return try plan.responses.rewrite(facts, of: body)
            case .images, .speech, .transcriptions, .moderations, .rerank, .files, .batches:
                return try RequestRewrite(facts, of: body, by: plan, injectUsage: false)
            default: return try RequestRewrite(facts, of: body, by: plan, injectUsage: asksForUsage)
            }
        case .anthropic(let plan):
            return try RequestRewrite(facts, of: body, by: plan)
        case .gemini(let plan):
            return try plan.rewrite(facts, of: body)
        case .converse(let plan):
            return try plan.rewrite(facts, of: body)
        case .custom(let dialect, let model):
            return RequestRewrite(of: body, replacedBy: try dialect.requests.rewritten(body, facts, model))
        }
    }

    // MARK: the request for a stream's usage

    /// The member by which a stream's usage is asked for; `nil` where it comes unasked.
    package var usageMember: String? {
        switch self {
        case .openai: "stream_options"
        case .anthropic, .gemini, .converse, .custom: nil
        }
    }

    /// An error answer refuses that the stream's usage was asked for.
    package func isUsageRefused(by body: RawSpan) -> Bool {
        switch self {
        case .openai: OpenAI.namesStreamOptions(body)
        case .anthropic, .gemini, .converse, .custom: false
        }
    }

    /// A rewritten body without the member that asks for usage; `nil` where the relay did not add it as a whole.
    package func withoutUsageMember(_ body: RawSpan) -> [UInt8]? {
        switch self {
        case .openai(let plan): RequestRewrite.withoutUsageMember(body, by: plan)
        case .anthropic, .gemini, .converse, .custom: nil
        }
    }

    // MARK: an answer that broke off

    /// A request that asks to go on after the text that the caller has; `nil` where that would not be safe.
    ///
    /// - Parameter sent: the answer's text as JSON wrote it, without quotes.
    package func continued(
        _ body: [UInt8],
        of operation: Operation,
        after sent: [UInt8],
        _ prefill: Prefill
    ) -> [UInt8]? {
        switch self {
        case .openai: operation == .chat ? PrefillRewrite.body(body, after: sent, prefill) : nil
        case .anthropic: operation == .chat ? MessagesPrefill.body(body, after: sent, prefill) : nil
        case .gemini, .converse, .custom: nil
        }
    }
}
