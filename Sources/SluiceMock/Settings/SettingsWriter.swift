// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension MockSettings {
    /// The settings as `merging` reads them; the API key shows only whether there is one.
    var json: String {
        var fields = base.fields
        if !models.isEmpty {
            let each = models.sorted { $0.key < $1.key }
                .map { "\(MockJSON.quoted($0.key)):{\($0.value.fields.joined(separator: ","))}" }
            fields.append("\"models\":{\(each.joined(separator: ","))}")
        }
        if let onlyModels {
            fields.append("\"only_models\":[\(onlyModels.map(MockJSON.quoted).joined(separator: ","))]")
        }
        fields.append("\"api_key_required\":\(apiKey != nil)")
        fields.append("\"capture\":\(capture)")
        return "{\(fields.joined(separator: ","))}"
    }
}

extension Profile {
    fileprivate var fields: [String] {
        var fields: [String] = []
        func add(_ name: String, _ text: String?) { if let text { fields.append("\"\(name)\":\(text)") } }
        func quoted(_ spread: Spread?, _ unit: Spread.Unit) -> String? {
            spread.map { MockJSON.quoted($0.text(unit: unit)) }
        }
        add("latency", quoted(latency, .milliseconds))
        add("ttft", quoted(firstToken, .milliseconds))
        add("interval", quoted(interval, .milliseconds))
        add("chunks", chunks.map { "\($0)" })
        add("error_rate", errorRate.map { "\($0)" })
        add("errors", errors.map { "[\($0.map { MockJSON.quoted($0.text) }.joined(separator: ","))]" })
        add("retry_after", retryAfter.map { "\($0)" })
        add("output_tokens", quoted(outputTokens, .count))
        add("prompt_tokens", promptTokens.map { "\($0)" })
        add("cached_share", cachedShare.map { "\($0)" })
        add("reasoning_tokens", reasoningTokens.map { "\($0)" })
        add("drift", drift.map { "\($0)" })
        add("script", script.map { "\"\($0.writes.count) writes\"" })
        return fields
    }
}
