// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceJudge

/// `sluice judge plan`: what a step can find out, before it runs.
struct JudgePlan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say how long a step needs to find a fault, and what it cannot find.",
        discussion: """
            Example: sluice judge plan --rps 27.8 --weight 0.05 --baseline-error 0.01 --detect 0.05
            The step is rehearsed with the judge itself: the error metric as a rollout has it by default, unless set otherwise.
            """
    )

    @Option(help: "Requests per second of both arms together.")
    var rps: Double?

    @Option(help: "Requests per day, instead of --rps.")
    var callsPerDay: Double?

    @Option(help: "Canary's share of the traffic, 0 to 1.")
    var weight = 0.05

    @Option(help: "Error rate of the baseline.")
    var baselineError = 0.01

    @Option(help: "Error rates of the canary that are to be found; may be repeated.")
    var detect: [Double] = []

    @Option(help: "Length of the step in hours: says what is feasible within it.")
    var hours = 48.0

    @Option(help: "Bound on false rollbacks.")
    var alpha = 0.01

    @Option(help: "Part of alpha the metric has.")
    var metricWeight = 0.5

    @Option(help: "Tolerated odds ratio.")
    var tolerance = 1.5

    @Option(help: "Error rate that is a ceiling, or 0 for none.")
    var ceiling = 0.05

    @Option(
        help: "Planned hours of the whole rollout, over which the judge's capital is paid in; the step's when absent."
    )
    var planHours: Double?

    @Option(help: "Sticky units on both arms, when traffic is sticky.")
    var units: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if rps == nil, callsPerDay == nil { throw ValidationError("give --rps or --calls-per-day") }
        if rps != nil, callsPerDay != nil { throw ValidationError("give --rps or --calls-per-day, not both") }
        if !(hours > 0) { throw ValidationError("--hours must be above 0") }
        if let planHours, !(planHours >= 1 && planHours <= 10_000) {
            throw ValidationError("--plan-hours must lie within 1 … 10000")
        }
    }

    func run() throws {
        let rates = detect.isEmpty ? [0.02, 0.05, 0.5, 1].filter { $0 > baselineError } : detect
        let rate = rps ?? (callsPerDay ?? 0) / 86_400
        let estimates: [PlanEstimate]
        do {
            estimates = try rates.map { try estimate($0, rate) }
        } catch {
            throw ValidationError("\(error)")
        }
        if json {
            print(try JudgeOutput.json(estimates.map { Answer($0, hours: hours) }))
        } else {
            show(estimates)
        }
    }

    private func estimate(_ canaryRate: Double, _ rate: Double) throws -> PlanEstimate {
        PlanEstimate(
            try PlanEstimate.Question(
                requestsPerSecond: rate,
                share: weight,
                baselineRate: baselineError,
                canaryRate: canaryRate,
                alpha: alpha,
                metricShare: metricWeight,
                tolerance: tolerance,
                ceiling: ceiling == 0 ? nil : ceiling,
                planMinutes: Int(60 * min(max(1, planHours ?? hours), 10_000))
            )
        )
    }

    private struct Answer: Encodable {
        var estimate: PlanEstimate
        var isFeasible: Bool
        var leastDetectable: Double?

        enum CodingKeys: String, CodingKey {
            case estimate
            case isFeasible = "is_feasible"
            case leastDetectable = "least_detectable"
        }

        init(_ estimate: PlanEstimate, hours: Double) {
            self.estimate = estimate
            isFeasible = estimate.isFeasible(within: hours * 3600)
            leastDetectable = estimate.leastDetectable(within: hours * 3600)
        }
    }

    private func show(_ estimates: [PlanEstimate]) {
        guard let first = estimates.first else { return }
        let perDay = first.question.requestsPerSecond * first.question.share * 86_400
        print("\(JudgeOutput.number(perDay)) canary requests a day; blocks of \(first.blockSeconds) s")
        let head = ["fault", "bound", "requests", "time", "after long health", "within the step"]
        let widths = [18, 9, 10, 11, 20, 18]
        print(zip(head, widths).map { JudgeOutput.right($0, $1) }.joined())
        for estimate in estimates {
            let fault =
                JudgeOutput.percent(estimate.question.baselineRate, 1) + " -> "
                + JudgeOutput.percent(estimate.question.canaryRate, 1)
            let cells = [
                fault,
                JudgeOutput.number(estimate.boundTwoSample, estimate.boundTwoSample < 10 ? 1 : 0),
                JudgeOutput.number(estimate.canaryRequests),
                JudgeOutput.duration(estimate.seconds),
                JudgeOutput.duration(estimate.secondsLate),
                estimate.isFeasible(within: hours * 3600) ? "yes" : "no",
            ]
            print(zip(cells, widths).map { JudgeOutput.right($0, $1) }.joined())
        }
        let least = first.leastDetectable(within: hours * 3600).map { JudgeOutput.percent($0) } ?? "nothing"
        print("\nleast error rate found within \(JudgeOutput.number(hours, 1)) h: \(least)")
        print(
            "certificate (odds below 2, 95 %): about \(JudgeOutput.number(first.certificateRequests)) canary requests, "
                + JudgeOutput.duration(first.certificateSeconds)
        )
        if let units, Double(units) * weight < Double(StepDemand.fewestUnits) {
            print("not valid: fewer than 20 sticky units on the canary. Use a finer unit, or mirror requests.")
        }
    }
}
