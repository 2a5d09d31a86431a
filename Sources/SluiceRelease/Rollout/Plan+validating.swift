// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceJudge

extension Plan {
    /// What people may write in a plan besides its steps and metrics.
    private static let fields = [
        "name", "preset", "steps", "metrics", "alpha", "holdback", "on_regression", "no_traffic", "thresholds", "quiet",
        "burst", "brake", "divert_refused", "quality",
    ]

    /// Reads a plan as YAML and JSON write it.
    ///
    /// - Parameters:
    ///   - thresholds: those of the canary; they are ceilings where the plan names no metrics.
    ///   - burst: what the limit on bursts is settled by where the plan leaves it open.
    /// - Throws: ``PlanError``, which names the step and the field.
    package init(
        validating value: JSONValue,
        thresholds: Thresholds = Thresholds(),
        burst: BurstCircumstances = BurstCircumstances()
    ) throws(PlanError) {
        let plan = try PlanFields(value, at: "", known: Plan.fields)
        let steps: [Step]
        switch (plan["steps"], try plan.text("preset")) {
        case (.some, .some): throw PlanError("preset", "a plan has either steps or a preset")
        case (nil, nil): throw PlanError("steps", "a plan needs steps, or preset: \(Preset.names)")
        case (nil, let name?):
            guard let preset = Preset(rawValue: name) else { throw PlanError("preset", "known are \(Preset.names)") }
            steps = preset.steps
        case (let list?, nil): steps = try Plan.steps(list)
        }
        let holdback = BasisPoints(fraction: try plan.share("holdback") ?? 0) ?? .none
        guard holdback.rawValue <= 5_000 else { throw PlanError("holdback", "at most 50%") }
        let diverts = try plan.flag("divert_refused") ?? true
        let metrics = try MetricRules.read(plan, thresholds: thresholds)
        let noTraffic = try plan["no_traffic"].map { value throws(PlanError) in try Plan.noTraffic(value) } ?? nil
        do {
            let alpha = try plan.number("alpha") ?? 0.01
            let rule = try BurstRule(plan, steps)
            let judging = try JudgeConfiguration(
                alpha: alpha,
                metrics: metrics,
                funding: Funding(planMinutes: Plan.minutes(of: steps)),
                thresholds: try MetricRules.thresholdRule(plan),
                noTrafficSeconds: noTraffic ?? 86_400,
                burst: rule.limit(metrics, alpha: alpha, burst)
            )
            let quiet = try plan.seconds("quiet")
            guard quiet.map({ (10...86_400).contains($0) }) ?? true else {
                throw PlanError("quiet", "from 10s to 24h")
            }
            self.init(steps: steps, judging: judging, holdback: holdback, quietSeconds: quiet)
            burstReason = rule.reason(burst)
            divertsRefused = diverts ? nil : false
            brakeSeconds = try Plan.brake(plan)
        } catch let error as PlanError {
            throw error
        } catch let error as ConfigurationError {
            let isOfMetric = metrics.contains { "\(error.field).".hasPrefix("\($0.metric.rawValue).") }
            throw PlanError(isOfMetric ? "metrics.\(error.field)" : error.field, error.message)
        } catch {
            throw PlanError("metrics", "\(error)")
        }
    }

    /// `brake: {rollback_after: 60s}`, or `never`: the brake holds the canary's units at once in any case.
    private static func brake(_ plan: PlanFields) throws(PlanError) -> Int64? {
        guard let value = plan["brake"] else { return nil }
        let fields = try PlanFields(
            value,
            at: "brake",
            known: ["rollback_after"],
            example: "such as {rollback_after: 60s}"
        )
        if fields["rollback_after"] == .string("never") { return 0 }
        guard let seconds = try fields.seconds("rollback_after") else { return nil }
        guard (3...86_400).contains(seconds) else {
            throw PlanError(
                "brake.rollback_after",
                "from 3s to 24h, or never: what is over within three seconds is a blip"
            )
        }
        return seconds
    }

    private static func noTraffic(_ value: JSONValue) throws(PlanError) -> Int64? {
        let fields = try PlanFields(value, at: "no_traffic", known: ["after", "do"])
        if let reaction = try fields.text("do"), reaction != "hold" {
            throw PlanError("no_traffic.do", "only hold is possible: silence is no evidence, for or against")
        }
        return try fields.seconds("after")
    }
}

// MARK: - Steps

extension Plan {
    /// The most steps a plan may have.
    package static let stepLimit = 100

    /// Reads a list of steps, whose weights rise.
    ///
    /// - Throws: ``PlanError``, which names the step and the field.
    package static func steps(_ value: JSONValue) throws(PlanError) -> [Step] {
        guard case .array(let list) = value, !list.isEmpty, list.count <= stepLimit else {
            throw PlanError("steps", "a list of 1 to \(stepLimit) steps is needed")
        }
        var steps: [Step] = []
        var last = BasisPoints.none
        for (index, item) in list.enumerated() {
            let step = try self.step(item, at: "steps[\(index)]")
            if case .hold(let hold) = step {
                guard hold.weight > last else {
                    throw PlanError("steps[\(index)].weight", "weights only rise; the step before has \(last.fraction)")
                }
                last = hold.weight
            } else if index == 0 {
                throw PlanError("steps[0].gate", "the first step sets a weight; a gate comes after one")
            }
            steps.append(step)
        }
        return steps
    }

    private static func step(_ value: JSONValue, at path: String) throws(PlanError) -> Step {
        let fields = try PlanFields(
            value,
            at: path,
            known: ["weight", "for", "bake", "min_requests", "require", "gate", "shadow", "warm_up"]
        )
        if fields["shadow"] != nil {
            throw PlanError("\(path).shadow", "shadow steps are not built yet; begin with a small weight")
        }
        if let gate = try fields.text("gate") {
            guard gate == "manual" else { throw PlanError("\(path).gate", "the only gate is manual") }
            guard fields["weight"] == nil, fields["for"] == nil, fields["bake"] == nil else {
                throw PlanError(path, "a gate is a step of its own, at the weight of the step before")
            }
            return .gate
        }
        guard let share = try fields.share("weight"), let weight = BasisPoints(fraction: share), weight > .none else {
            throw PlanError("\(path).weight", "a step needs a weight of 0.01% or more, such as 5%")
        }
        let soak = try fields.seconds("for")
        let bake = try fields.seconds("bake")
        guard soak == nil || bake == nil else { throw PlanError("\(path).bake", "a step has either for or bake") }
        let warmUp = try fields.seconds("warm_up") ?? 0
        guard warmUp <= 0 || warmUp < soak ?? bake ?? 0 else {
            throw PlanError("\(path).warm_up", "must be shorter than the step, which would have no evidence otherwise")
        }
        if bake != nil, weight != .all { throw PlanError("\(path).bake", "only a step at 100% bakes; use for") }
        return .hold(
            Hold(
                weight: weight,
                seconds: soak ?? bake ?? 0,
                minimumRequests: try fields.count("min_requests") ?? 0,
                certificates: try certificates(fields),
                isBake: bake != nil,
                warmUp: warmUp > 0 ? warmUp : nil
            )
        )
    }

    private static func certificates(_ fields: PlanFields) throws(PlanError) -> [MetricID] {
        guard let text = try fields.text("require") else { return [] }
        guard text == "certificate" else { throw PlanError(fields.field("require"), "the only demand is certificate") }
        return [.error]
    }
}

// MARK: - Presets

extension Plan {
    /// Plans by name.
    package enum Preset: String, Sendable, CaseIterable {
        /// 5 % for 48 hours, 25 % for 7 days, then everything.
        case careful
        /// 20 % more every 48 hours.
        case steps
        /// For demos: 10 %, then 50 %, twenty seconds each, then everything.
        case quick

        static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

        package var steps: [Step] {
            switch self {
            case .careful: [Preset.hold(500, 48 * 3_600), Preset.hold(2_500, 7 * 86_400), Preset.hold(10_000, 0)]
            case .steps: (1...5).map { Preset.hold($0 * 2_000, 48 * 3_600) }
            case .quick: [Preset.hold(1_000, 20), Preset.hold(5_000, 20), Preset.hold(10_000, 0)]
            }
        }

        private static func hold(_ weight: Int, _ seconds: Int64) -> Step {
            .hold(Hold(weight: BasisPoints(weight) ?? .all, seconds: seconds))
        }
    }
}
