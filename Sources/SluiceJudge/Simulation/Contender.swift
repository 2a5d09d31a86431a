// SPDX-License-Identifier: Apache-2.0
import RealModule

/// One way of deciding, in a simulated rollout.
struct Contender: Sendable {
    /// Which traffic it sees, where a scenario makes a difference.
    enum Sight: Sendable {
        /// Evidence by the rules.
        case capped
        /// The cap of units starts anew with each step and restart.
        case anew
        /// Every request, as it came.
        case uncapped
    }

    let name: String
    var judge: Judge?
    var watch: ThresholdWatch?
    /// A non-inferiority certificate, and the evidence at which it is given.
    var certificate: (test: Certificate, logThreshold: Double)?
    var sight = Sight.capped
    /// Seconds at the start whose blocks it does not see.
    var warmUp = 0
    /// Second and canary requests, both since the onset, at which it rolled back; negative seconds lie before the onset.
    var fired: (seconds: Int, requests: Int64)?

    /// Whether its judge lets the canary advance.
    func advances(at second: Int) -> Bool { judge?.verdict(at: Int64(second)).decision == .advance }

    /// The judge in both forms, and the threshold rule in three windows.
    static func all(for scenario: Scenario) throws(ConfigurationError) -> [Contender] {
        if let odds = scenario.certificateOdds {
            let logThreshold = -Double.log(scenario.alpha)
            return [Contender(name: "certificate", certificate: (Certificate(worst: odds), logThreshold))]
        }
        let funded = try judge(scenario, Funding(planMinutes: scenario.planMinutes))
        if scenario.isShippedOnly || scenario.isReal { return others(scenario, funded) }
        var list = [
            Contender(name: "judge, plain", judge: try judge(scenario, .plain)),
            Contender(name: "judge, funded", judge: funded),
        ]
        if case .sticky = scenario.traffic {
            list.append(Contender(name: "judge, funded, no cap", judge: funded, sight: .uncapped))
        }
        if case .observations = scenario.traffic { return [list[0]] }
        let windows: [(String, Int64?, Int64)] = [
            ("threshold, since start", nil, 1), ("threshold, 60 s", 60, 1), ("threshold, 300 s, n >= 100", 300, 100),
        ]
        for (name, window, least) in windows {
            let rule = ThresholdRule(windowSeconds: window, minimumRequests: least)
            list.append(Contender(name: name, watch: ThresholdWatch(rule), sight: .uncapped))
        }
        return list
    }

    /// The judge as it ships, and beside it what its rules are compared with.
    private static func others(_ scenario: Scenario, _ judge: Judge) -> [Contender] {
        var list = [Contender(name: "judge, funded", judge: judge, warmUp: scenario.warmUp)]
        if scenario.warmUp > 0 { list.append(Contender(name: "the same, no warm-up", judge: judge)) }
        switch scenario.traffic {
        case .sticky:
            list.append(Contender(name: "the same, cap anew", judge: judge, sight: .anew))
            list.append(Contender(name: "the same, no cap", judge: judge, sight: .uncapped))
        case .answers(let phases) where phases.contains { $0.canary.refusalRate > 0 }:
            list.append(Contender(name: "the same, refusals timed", judge: judge, sight: .uncapped))
        case .answers where scenario.rule.tolerance == nil:
            let earlier = try? Contender.judge(scenario, Funding(planMinutes: scenario.planMinutes), formulation: 3)
            list.append(Contender(name: "the same, open as well", judge: earlier))
        case .versions: list.append(Contender(name: "the same, versions pooled", judge: judge, sight: .uncapped))
        default: break
        }
        return list
    }

    private static func judge(
        _ scenario: Scenario,
        _ funding: Funding,
        formulation: Int = JudgeConfiguration.newest
    ) throws(ConfigurationError) -> Judge {
        let standard = BurstLimit.standard(for: scenario.rules, alpha: scenario.alpha)
        let configuration = try JudgeConfiguration(
            alpha: scenario.alpha,
            metrics: scenario.rules,
            funding: funding,
            burst: funding == .plain ? nil : scenario.burst ?? standard,
            formulation: formulation
        )
        var judge = Judge(configuration, startedAt: 0)
        judge.begin(StepDemand(startedAt: 0, seconds: Int64(scenario.horizon)))
        return judge
    }
}
