// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// What a report says below its table, for people.
struct UsageStory {
    var usage: UsageView
    var before: UsageView?
    var forecast: (cost: NanoUSD, until: Timestamp)?

    var lines: [String] {
        [cached, parts, corrected, providers, compared, forecastLine].compactMap(\.self)
    }

    private var cached: String? {
        let total = usage.total
        guard total.cachedInputTokens > 0, total.inputTokens > 0 else { return nil }
        return "Cached: \(UsageStory.share(total.cachedInputTokens, of: total.inputTokens)) of the input tokens."
    }

    private var parts: String? {
        guard let parts = usage.total.parts, !parts.isEmpty else { return nil }
        let list = parts.sorted { $0.key < $1.key }.map { "\($0.key) \(UsageStory.plain($0.value))" }
        return "Billed apart: \(list.joined(separator: ", "))."
    }

    private var corrected: String? {
        guard let count = usage.total.correctedAttempts, let amount = usage.total.correctionNanoUSD else { return nil }
        return "Corrected by hand: \(count) attempts, $\(NanoUSD(amount)) of the cost."
    }

    private var providers: String? {
        guard let theirs = usage.total.providerCostNanoUSD, let ours = usage.total.comparedCostNanoUSD else {
            return nil
        }
        return "Providers' own word: $\(NanoUSD(theirs)), where the price cards say $\(NanoUSD(ours))."
    }

    private var compared: String? {
        guard let before else { return nil }
        let (old, new) = (before.total.costNanoUSD, usage.total.costNanoUSD)
        let period = "\(before.from?.prefix(10) ?? "") until \(before.until?.prefix(10) ?? "")"
        guard old > 0 else { return "Before (\(period)): $\(NanoUSD(old))." }
        let change = (Double(new) / Double(old) - 1) * 100
        return "Before (\(period)): $\(NanoUSD(old)), so \(change < 0 ? "" : "+")\(UsageStory.rounded(change)) %."
    }

    private var forecastLine: String? {
        forecast.map { "Forecast: $\($0.cost) by \($0.until.description.prefix(10)), at the pace so far." }
    }

    private static func share(_ part: Int64, of all: Int64) -> String {
        "\(rounded(Double(part) / Double(all) * 100)) %"
    }

    /// One decimal.
    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    /// The answer with what was reckoned here.
    func json(_ answer: JSONValue) throws -> JSONValue {
        guard case .object(var object) = answer else { return answer }
        if let before { object["before"] = try AdminJSON.value(of: before) }
        if let forecast {
            object["forecast"] = .object([
                "cost_usd": .string(forecast.cost.description), "until": .string(forecast.until.description),
            ])
        }
        return .object(object)
    }
}

/// A report as CSV: what it is grouped by, then every number.
enum UsageCSV {
    static func text(_ usage: UsageView) -> String {
        var numbers: [(String, (UsageRowView) -> String)] = [
            ("requests", { "\($0.requests)" }), ("attempts", { "\($0.attempts)" }),
            ("failed_attempts", { "\($0.failedAttempts)" }), ("caller_gone_attempts", { "\($0.callerGoneAttempts)" }),
            ("input_tokens", { "\($0.inputTokens)" }), ("cached_input_tokens", { "\($0.cachedInputTokens)" }),
            ("cache_write_tokens", { "\($0.cacheWriteTokens)" }), ("output_tokens", { "\($0.outputTokens)" }),
            ("reasoning_tokens", { "\($0.reasoningTokens)" }), ("cost_usd", { NanoUSD($0.costNanoUSD).description }),
            ("correction_usd", { NanoUSD($0.correctionNanoUSD ?? 0).description }), ("cost_state", { $0.costState }),
            ("unpriced_attempts", { "\($0.unpricedAttempts)" }), ("unknown_attempts", { "\($0.unknownAttempts)" }),
        ]
        if let currency = usage.currency { numbers.append(("cost_\(currency.lowercased())", { $0.cost ?? "" })) }
        let names = usage.groupBy + numbers.map(\.0)
        var text = names.joined(separator: ",") + "\r\n"
        for row in usage.groups {
            let cells = usage.groupBy.map { row.plainValue(of: $0) ?? "" } + numbers.map { $0.1(row) }
            text += cells.map(CSVText.quoted).joined(separator: ",") + "\r\n"
        }
        return text
    }
}
