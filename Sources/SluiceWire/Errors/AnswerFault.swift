// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a provider's error answer means: whose fault, and whether another try can help.
package struct AnswerFault: Sendable, Equatable {
    package var errorClass: ErrorClass
    /// The account has run out of money or quota: never try it again, use another credential.
    package var isQuotaExhausted: Bool
    /// Another attempt may succeed: 408, 409, 429 and 5xx while the account has quota.
    package var isRetryable: Bool
    /// The request is too long for the model: it would be for ever, but not for a model with a larger context.
    package var isContextLength = false
    /// The provider has no such model: another one may have it.
    package var isModelMissing = false
    /// The status of an error answer; 0 where the error stands in an answer of status 200.
    package private(set) var status: UInt16 = 0

    package init(errorClass: ErrorClass, isQuotaExhausted: Bool = false, isRetryable: Bool = false) {
        self.errorClass = errorClass
        self.isQuotaExhausted = isQuotaExhausted
        self.isRetryable = isRetryable
    }

    /// Reads an error answer by its status (300…599) and the first 64 KiB of its body.
    package init(status: Int, body: RawSpan) {
        self.init(status: status, words: FaultWords(body))
        self.status = UInt16(clamping: status)
    }

    private init(status: Int, words: FaultWords) {
        if (400..<500).contains(status), words.namesFilter {
            self.init(errorClass: .contentFilter)
            return
        }
        let isQuotaExhausted = status == 402 || ((400..<500).contains(status) && words.namesQuota)
        switch status {
        case 401, 402, 403:
            self.init(errorClass: .credential, isQuotaExhausted: isQuotaExhausted)
        case 429:
            self.init(errorClass: .quota, isQuotaExhausted: isQuotaExhausted, isRetryable: !isQuotaExhausted)
        case 400..<500 where isQuotaExhausted:
            self.init(errorClass: .quota, isQuotaExhausted: true)
        case 400..<500 where words.namesCredential:
            self.init(errorClass: .credential)
        case 408:
            self.init(errorClass: .timeout, isRetryable: true)
        case 409, 424, 425:
            self.init(errorClass: .upstreamError, isRetryable: true)
        case 400..<500:
            self.init(errorClass: .badRequest)
            isContextLength = words.namesLength
            isModelMissing = (status == 404 || status == 400) && words.namesModel
        default:
            let isRetryable = status >= 500 && status != 501 && status != 505
            self.init(errorClass: .upstreamError, isRetryable: isRetryable)
        }
    }

    /// The provider refused the relay's credential, other than for money.
    package var isRefusedCredential: Bool { errorClass == .credential && !isQuotaExhausted }

    /// Reads an error object that stood inside an answer of status 200.
    package init(errorInStream body: RawSpan) {
        let words = FaultWords(body)
        let status = words.status ?? 0
        if words.namesFilter {
            self.init(errorClass: .contentFilter)
        } else if words.namesQuota || status == 402 {
            self.init(errorClass: status == 402 ? .credential : .quota, isQuotaExhausted: true)
        } else if words.namesCredential || status == 401 || status == 403 {
            self.init(errorClass: .credential)
        } else if status == 429 || words.namesRate {
            self.init(errorClass: .quota, isRetryable: true)
        } else {
            let isCallers = (400..<500).contains(status) && status != 408 && status != 409
            self.init(
                errorClass: words.namesLength || words.namesInput ? .badRequest : .errorInStream,
                isRetryable: !isCallers && !words.namesLength && !words.namesInput
            )
            isContextLength = words.namesLength
        }
    }
}

/// The identifiers and the message of an error body, in any of the shapes providers use.
private struct FaultWords {
    /// Codes, types and reasons in lower case.
    private var identifiers: [String] = []
    private var message = ""
    /// A code that is a number, as OpenRouter and Google write it, or one in quotes, as Azure does.
    private(set) var status: Int?
    /// Google's `RetryInfo`: what is used up comes back.
    private var saysWhen = false

    init(_ body: RawSpan) {
        guard body.byteCount <= 65_536, let value = try? JSONValue(parsing: body) else { return }
        let outer = value.array?.first ?? value
        guard let object = outer.object else { return }
        if let error = object["error"]?.object {
            take(error)
            for name in ["innererror", "metadata", "details"] {
                if let inner = error[name]?.object { take(inner) }
                for inner in error[name]?.array ?? [] {
                    guard let inner = inner.object else { continue }
                    take(inner)
                    if inner["retryDelay"]?.string != nil { saysWhen = true }
                }
            }
        } else {
            take(object)
            message = object["error"]?.string ?? message
        }
    }

    private mutating func take(_ object: JSONObject) {
        for name in ["code", "type", "status", "reason"] {
            let text = object[name]?.string
            if let text, !text.isEmpty { identifiers.append(text.lowercased()) }
            if let number = object[name]?.int ?? text.flatMap({ Int64($0) }), (100...599).contains(number),
                status == nil
            {
                status = Int(number)
            }
        }
        for reason in object["reasons"]?.array ?? [] where reason.string != nil { identifiers.append("moderation") }
        if message.isEmpty { message = String((object["message"]?.string ?? "").prefix(2_000)).lowercased() }
    }

    var namesFilter: Bool {
        let words = [
            "content_filter", "content_policy", "responsibleaipolicyviolation", "moderation", "data_inspection_failed",
            "contentfilter", "safety_violation", "prohibited_content",
        ]
        return identifiers.contains { text in words.contains { text.contains($0) } }
    }

    var namesQuota: Bool {
        let words = [
            "insufficient_quota", "insufficient_balance", "insufficient_credit", "insufficient_user_quota",
            "credit_balance", "spend_limit", "billing_hard_limit", "billing_not_active", "payment_required",
            "exceeded_current_quota", "arrearage", "account_overdue", "billing_error",
        ]
        let phrases = [
            "credit balance is too low", "insufficient balance", "exceeded your current quota",
            "out of call volume quota",
        ]
        return identifiers.contains { text in words.contains { text.contains($0) } }
            || !saysWhen && phrases.contains { message.contains($0) }
    }

    var namesCredential: Bool {
        let words = ["invalid_api_key", "api_key_invalid", "authentication_error", "permission_error", "unauthorized"]
        return identifiers.contains { text in words.contains { text.contains($0) } }
    }

    var namesLength: Bool {
        let words = ["context_length", "context_window", "string_above_max_length", "prompt_too_long"]
        let phrases = [
            "maximum context length", "context window", "context length", "prompt is too long", "input is too long",
            "too many tokens", "exceeds the maximum number of tokens", "exceed context limit",
        ]
        return identifiers.contains { text in words.contains { text.contains($0) } }
            || phrases.contains { message.contains($0) }
    }

    /// The caller's own input, as the Responses API says inside a stream.
    var namesInput: Bool {
        identifiers.contains {
            $0 == "invalid_request_error" || $0 == "invalid_prompt" || $0.hasPrefix("invalid_image")
                || $0.hasPrefix("image_")
        }
    }

    var namesModel: Bool {
        let words = [
            "model_not_found", "model_not_exist", "model_not_supported", "unknown_model", "deploymentnotfound",
        ]
        return identifiers.contains { text in words.contains { text.contains($0) } }
            || message.contains("model") && message.contains("does not exist")
            // Azure knows no such path, or not in this version.
            || message == "resource not found"
            // Bedrock.
            || message.contains("model identifier") || message.contains("inference profile")
            // The Messages API names the model and says no more.
            || identifiers.contains("not_found_error") && message.hasPrefix("model:")
    }

    var namesRate: Bool { identifiers.contains { $0.contains("rate_limit") || $0.contains("too_many_requests") } }
}
