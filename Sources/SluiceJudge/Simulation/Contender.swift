// SPDX-License-Identifier: Apache-2.0
import RealModule

/// One way of deciding, in a simulated rollout.
struct Contender: Sendable {
    /// Which traffic it sees, where a scenario makes a difference.
    enum Sight: Sendable {
        case capped
        case uncapped
    }

    let name: String
    var judge: Judge?
    var watch: ThresholdWatch?
    /// A non-inferiority certificate, and the evidence at which it is given.
    var certificate: (test: Certificate, logThreshold: Double)?
    var sight = Sight.capped
    /// Second and canary requests, both since the onset, at which it rolled back; negative seconds lie before the onset.
    var fired: (seconds: Int, requests: Int64)?

    /// The judge in both forms, and the threshold rule in three windows.
    static func all(for scenario: Scenario) throws(ConfigurationError) -> [Contender] {
        if let odds = scenario.certificateOdds {
            let logThreshold = -Double.log(scenario.alpha)
            return [Contender(name: "certificate", certificate: (Certificate(worst: odds), logThreshold))]
        }
        let funded = Funding(planMinutes: scenario.planMinutes)
        var list = [
            Contender(name: "judge, plain", judge: try judge(scenario, .plain)),
            Contender(name: "judge, funded", judge: try judge(scenario, funded)),
        ]
        if case .sticky = scenario.traffic {
            let name = "judge, funded, no cap"
            list.append(Contender(name: name, judge: try judge(scenario, funded), sight: .uncapped))
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

    private static func judge(_ scenario: Scenario, _ funding: Funding) throws(ConfigurationError) -> Judge {
        let configuration = try JudgeConfiguration(alpha: scenario.alpha, metrics: [scenario.rule], funding: funding)
        return Judge(configuration, startedAt: 0)
    }
}
