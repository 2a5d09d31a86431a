// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// Reads what a plan judges by.
///
/// Without `metrics` the defaults hold: an error odds ratio of 1.5, latencies 1.2 times, cost 2 times the baseline's, and
/// the version's thresholds as ceilings. Where it has none, errors have a ceiling of 5 % and times none at all: what is slow
/// is a matter of the model, and production tells it. A ceiling never rolls back alone: it needs the canary to be worse than
/// the baseline as well.
enum MetricRules {
    static func read(_ plan: PlanFields, thresholds: Thresholds) throws(PlanError) -> [MetricRule] {
        let reaction = try self.reaction(plan, "on_regression") ?? .rollback
        let judgesQuality = try plan.flag("quality") ?? false
        guard let metrics = plan["metrics"] else { return standard(thresholds, reaction, judgesQuality) }
        var rules: [MetricRule] = []
        let named = try named(metrics)
        guard !named.isEmpty else {
            throw PlanError(
                "metrics",
                "nothing would be judged: name a metric, or leave `metrics` out for the usual ones"
            )
        }
        for (name, value) in named {
            guard let metric = Metric(rawValue: name) else {
                let known = Metric.allCases.map(\.rawValue)
                let hint = Nearest.names(to: name, among: known).first.map { "; did you mean '\($0)'?" } ?? ""
                throw PlanError(
                    "metrics.\(name)",
                    "unknown metric\(hint.isEmpty ? "." : hint) Known are \(known.joined(separator: ", "))"
                )
            }
            guard !rules.contains(where: { $0.metric == metric.id }) else {
                throw PlanError("metrics.\(name)", "a metric may stand in the list once")
            }
            rules.append(try rule(metric, value, at: "metrics.\(name)", reaction))
        }
        for metric in Metric.allCases where !rules.contains(where: { $0.metric == metric.id }) {
            switch metric.facts.standing {
            case .always: rules.append(holding(metric))
            case .quality(let weight) where judgesQuality: rules.append(quality(metric, weight, reaction))
            case .standard, .asked, .quality: break
            }
        }
        return rules
    }

    /// The plain threshold rule, where the plan asks for it instead of evidence; its p99 is the latency metric's ceiling.
    static func thresholdRule(_ plan: PlanFields) throws(PlanError) -> ThresholdRule? {
        guard let value = plan["thresholds"] else { return nil }
        let fields = try PlanFields(
            value,
            at: "thresholds",
            known: ["error_rate", "p99", "cost_ratio", "window", "min_requests"]
        )
        var rule = ThresholdRule()
        if let rate = try fields.share("error_rate") { rule.errorRate = rate }
        if case .bool(let watches)? = fields["p99"] { rule.watchesP99 = watches }
        if let ratio = try fields.number("cost_ratio") { rule.costRatio = ratio }
        if let window = try fields.seconds("window") { rule.windowSeconds = window }
        if let least = try fields.count("min_requests") { rule.minimumRequests = least }
        return rule
    }

    private static func standard(
        _ thresholds: Thresholds,
        _ reaction: MetricRule.Reaction,
        _ judgesQuality: Bool
    ) -> [MetricRule] {
        Metric.allCases.compactMap { metric in
            switch metric.facts.standing {
            case .standard(let weight, let tolerance, let ceiling):
                MetricRule(
                    metric.id,
                    form: form(metric),
                    tolerance: tolerance(thresholds),
                    ceiling: ceiling(thresholds),
                    weight: weight,
                    onRegression: reaction
                )
            case .always: holding(metric)
            case .quality(let weight): judgesQuality ? quality(metric, weight, reaction) : nil
            case .asked: nil
            }
        }
    }

    /// What breaks the programs that read the answers rolls back, what may be a matter of taste holds.
    private static func quality(
        _ metric: Metric,
        _ weight: Double?,
        _ reaction: MetricRule.Reaction
    ) -> MetricRule {
        guard let weight else { return holding(metric) }
        return MetricRule(
            metric.id,
            form: form(metric),
            tolerance: usualTolerance(metric),
            weight: weight,
            onRegression: reaction
        )
    }

    private static func holding(_ metric: Metric) -> MetricRule {
        MetricRule(
            metric.id,
            form: form(metric),
            tolerance: usualTolerance(metric),
            onRegression: .hold,
            ignoresBurstLimit: isBelievedAtOnce(metric, .hold)
        )
    }

    /// A refused credential is no blip that passes, and holding for it harms nobody: every second costs callers.
    private static func isBelievedAtOnce(_ metric: Metric, _ reaction: MetricRule.Reaction) -> Bool? {
        metric == .credential && reaction != .rollback ? true : nil
    }

    private static func form(_ metric: Metric) -> MetricRule.Form { metric.facts.isEvent ? .event : .value }

    /// An odds ratio for events, a factor for values.
    private static func usualTolerance(_ metric: Metric) -> Double { metric.facts.isEvent ? 1.5 : 1.2 }

    private static func rule(
        _ metric: Metric,
        _ value: JSONValue,
        at path: String,
        _ standard: MetricRule.Reaction
    ) throws(PlanError) -> MetricRule {
        let fields = try PlanFields(
            value,
            at: path,
            known: ["tolerance", "tolerance_odds", "ceiling", "weight", "on_regression", "alpha"]
        )
        let reaction = try self.reaction(fields, "on_regression") ?? (metric.facts.onlyHolds ? .hold : standard)
        return MetricRule(
            metric.id,
            form: form(metric),
            tolerance: try tolerance(fields, metric),
            ceiling: try ceiling(fields, metric.facts.unit),
            weight: try fields.number("weight") ?? 0.25,
            onRegression: reaction,
            alpha: try fields.number("alpha"),
            ignoresBurstLimit: isBelievedAtOnce(metric, reaction)
        )
    }

    private static func tolerance(_ fields: PlanFields, _ metric: Metric) throws(PlanError) -> Double? {
        let name = metric.facts.isEvent && fields["tolerance_odds"] != nil ? "tolerance_odds" : "tolerance"
        if case .string("none")? = fields[name] { return nil }
        return try fields.number(name) ?? usualTolerance(metric)
    }

    /// - Parameter unit: absent for events.
    private static func ceiling(
        _ fields: PlanFields,
        _ unit: MetricFacts.Unit?
    ) throws(PlanError) -> MetricRule.Ceiling? {
        guard let value = fields["ceiling"] else { return nil }
        guard unit != nil else { return try fields.share("ceiling").map { MetricRule.Ceiling(share: $0) } }
        let names = ["p99", "p95", "p90", "p50"]
        let example = "such as {p99: 500ms}"
        let limit = try PlanFields(value, at: fields.field("ceiling"), known: names, example: example)
        guard names.count(where: { limit[$0] != nil }) <= 1 else {
            throw PlanError(fields.field("ceiling"), "name one quantile only, \(example)")
        }
        for (name, share) in [("p99", 0.01), ("p95", 0.05), ("p90", 0.10), ("p50", 0.50)] {
            let above = try unit == .milliseconds ? limit.milliseconds(name) : limit.number(name)
            if let above { return MetricRule.Ceiling(share: share, above: above) }
        }
        throw PlanError(fields.field("ceiling"), "name a quantile, \(example)")
    }

    private static func reaction(_ fields: PlanFields, _ name: String) throws(PlanError) -> MetricRule.Reaction? {
        guard let text = try fields.text(name) else { return nil }
        guard let reaction = MetricRule.Reaction(rawValue: text) else {
            throw PlanError(fields.field(name), "one of rollback, hold, notify, display")
        }
        return reaction
    }

    /// Metrics as a list of one-member objects, or as one object.
    private static func named(_ value: JSONValue) throws(PlanError) -> [(String, JSONValue)] {
        switch value {
        case .object(let object): return object.members.map { ($0.name, $0.value) }
        case .array(let list):
            var result: [(String, JSONValue)] = []
            for (index, item) in list.enumerated() {
                guard case .object(let object) = item, let member = object.members.first, object.count == 1 else {
                    throw PlanError("metrics[\(index)]", "one metric by its name is needed, such as {error: {…}}")
                }
                result.append((member.name, member.value))
            }
            return result
        default: throw PlanError("metrics", "a list of metrics is needed")
        }
    }
}
