// SPDX-License-Identifier: Apache-2.0
import SluiceCore
package import SluiceJudge

/// What rollouts are judged by: one case a metric, in the order in which people read them.
///
/// A new metric is a case here and its ``facts``; plan, data plane, judge, texts, command line, OpenAPI and the table in
/// docs/rollouts.md (a test compares it) take everything from there. What it is read from, and was not recorded before, is a
/// field of ``MetricSource``.
package enum Metric: String, Sendable, CaseIterable {
    case error, ttft, latency, tpot, cost, quota, credential
    case invalidToolCall = "invalid_tool_call"
    case invalidJSON = "invalid_json"
    case emptyAnswer = "empty_answer"
    case finishLength = "finish_length"
    case refusal
    case contentFilter = "content_filter"
    case outputTokens = "output_tokens"

    /// All that is known of a metric.
    package var facts: MetricFacts {
        switch self {
        case .error:
            MetricFacts(
                name: "the error rate",
                label: "errors",
                about: "requests that failed by the version's own fault: 5xx, time-outs, broken or empty answers",
                unknownWhere: "",
                reading: .event(verb: "failed") { source in
                    guard let errorClass = source.errorClass else { return false }
                    return errorClass.countsAgainstVersion ? true : nil
                },
                lastHour: .errors,
                standing: .standard(weight: 0.50, tolerance: { _ in 1.5 }) { thresholds in
                    MetricRule.Ceiling(share: min(0.93, thresholds.errorRate ?? 0.05))
                }
            )
        case .ttft:
            MetricFacts(
                name: "the time to the first token",
                label: "first token",
                about: "milliseconds to the first content of the answer",
                unknownWhere: "",
                reading: .value(.milliseconds, passes: .firstToken) { MetricFacts.whole($0.firstToken) },
                lastHour: .times(.firstToken),
                standing: .standard(weight: 0.22, tolerance: { _ in 1.2 }) { thresholds in
                    thresholds.p99FirstTokenMilliseconds.map { MetricRule.Ceiling(share: 0.01, above: $0) }
                }
            )
        case .latency:
            MetricFacts(
                name: "the latency",
                label: "latency",
                about: "milliseconds to the end of the answer",
                unknownWhere: "",
                reading: .value(.milliseconds, passes: .end) { MetricFacts.whole($0.duration) },
                lastHour: .times(.end),
                standing: .standard(weight: 0.18, tolerance: { _ in 1.2 }) { thresholds in
                    thresholds.p99LatencyMilliseconds.map { MetricRule.Ceiling(share: 0.01, above: $0) }
                }
            )
        case .tpot:
            MetricFacts(
                name: "the time per output token",
                label: "time per token",
                about: "milliseconds for each output token after the first content",
                unknownWhere: "a provider that states no usage",
                reading: .value(.milliseconds, passes: nil) { source in
                    guard let first = source.firstToken, let output = source.usage?.output, output > 0,
                        source.duration > first, first >= 0
                    else { return nil }
                    return UInt64(source.duration - first) / UInt64(output)
                },
                lastHour: .notKept,
                standing: .asked
            )
        case .cost:
            MetricFacts(
                name: "the cost per request",
                label: "cost",
                about: "money per request, by the price cards in force",
                unknownWhere: "a provider that states no usage, a model without a price",
                reading: .value(.nanoDollars, passes: nil) { MetricFacts.whole($0.cost?.rawValue) },
                lastHour: .cost,
                standing: .standard(weight: 0.10, tolerance: { $0.costSpikeRatio ?? 2 }) { _ in nil }
            )
        case .quota:
            MetricFacts(
                name: "the share that the provider's quota refuses",
                label: "quota (429)",
                about: "requests that the provider refused for quota (429)",
                unknownWhere: "",
                reading: .event(verb: "refused") { $0.errorClass == .quota },
                lastHour: .refusals(.quota),
                standing: .always
            )
        case .credential:
            MetricFacts(
                name: "the share whose credential the provider refuses",
                label: "credential",
                about: "requests of which the provider refused the credential (401, 402, 403)",
                unknownWhere: "",
                reading: .event(verb: "refused") { $0.errorClass == .credential },
                lastHour: .refusals(.credential),
                standing: .always
            )
        case .invalidToolCall:
            MetricFacts(
                name: "the share with broken tool calls",
                label: "broken tool calls",
                about: "answers that call a tool with arguments that are no JSON object",
                unknownWhere: "a dialect of which this is not read",
                reading: .mark(.invalidCall, verb: "broke a tool call"),
                lastHour: .notKept,
                standing: .quality(weight: 0.10)
            )
        case .invalidJSON:
            MetricFacts(
                name: "the share with broken JSON",
                label: "broken JSON",
                about: "answers that are no JSON, of those that were to be (`response_format` and the like)",
                unknownWhere: "answers with reasoning in their text, or of a dialect of which this is not read",
                reading: .event(verb: "broke its JSON") { source in
                    guard source.errorClass == nil, let marks = source.marks, marks.contains(.isJSONKnown) else {
                        return nil
                    }
                    return marks.contains(.invalidJSON)
                },
                lastHour: .notKept,
                standing: .quality(weight: 0.10)
            )
        case .emptyAnswer:
            MetricFacts(
                name: "the share of empty answers",
                label: "empty answers",
                about: "answers that came to their end without text, tool call, refusal or filter",
                unknownWhere: "a dialect of which this is not read",
                reading: .mark(.empty, verb: "said nothing"),
                lastHour: .notKept,
                standing: .quality(weight: 0.10)
            )
        case .finishLength:
            MetricFacts(
                name: "the share cut at the limit of length",
                label: "cut at length",
                about: "answers that ended at the limit of their length",
                unknownWhere: "a dialect of which this is not read",
                reading: .mark(.cutAtLength, verb: "was cut at its length"),
                lastHour: .notKept,
                standing: .quality(weight: nil)
            )
        case .refusal:
            MetricFacts(
                name: "the share that the model refuses",
                label: "refusals",
                about: "answers in which the model refused, by a field of its own or the reason of its end",
                unknownWhere: "a dialect of which this is not read",
                reading: .mark(.refused, verb: "was refused by the model"),
                lastHour: .notKept,
                standing: .quality(weight: nil)
            )
        case .contentFilter:
            MetricFacts(
                name: "the share that the provider's filter ends",
                label: "filtered",
                about: "answers that the provider's content filter ended or refused",
                unknownWhere: "a dialect of which this is not read",
                reading: .event(verb: "was filtered") { source in
                    if source.errorClass == .contentFilter { return true }
                    return source.errorClass == nil ? source.marks?.contains(.filtered) : nil
                },
                lastHour: .notKept,
                standing: .quality(weight: nil)
            )
        case .outputTokens:
            MetricFacts(
                name: "the length of the answers",
                label: "output tokens",
                about: "output tokens of an answer, reasoning included",
                unknownWhere: "a provider that states no usage",
                reading: .value(.tokens, passes: nil) { MetricFacts.whole($0.usage?.output) },
                lastHour: .notKept,
                standing: .quality(weight: nil)
            )
        }
    }
}

extension Metric {
    /// Nothing for a metric that only the judge's library knows.
    package init?(_ id: MetricID) { self.init(rawValue: id.rawValue) }

    package var id: MetricID {
        guard let id = MetricID(rawValue: rawValue) else { preconditionFailure("no name of a metric: \(rawValue)") }
        return id
    }

    /// The metrics that are values, not events.
    package static let values: [Metric] = allCases.filter { $0.facts.unit != nil }

    /// Of a value that is known at the end: its place in ``EvidenceRecord/values``.
    package var slot: Int? { Metric.slots[self] }

    private static let slots: [Metric: Int] = {
        let known = values.filter { metric in
            if case .value(_, nil, _) = metric.facts.reading { true } else { false }
        }
        precondition(known.count <= MetricValues.capacity, "more values at the end than a record holds")
        return Dictionary(uniqueKeysWithValues: zip(known, known.indices))
    }()
}
