// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

extension FaultReport {
    private static let most = 8

    /// What failed and how, in lines for people; none where nothing did.
    var lines: [String] {
        let failures = failures
        guard let first = failures.first else { return [] }
        var lines = [window]
        let level = 0.05 / Double(failures.count)
        lines += failures.prefix(FaultReport.most).map { kind, sums, _ in
            let odds = sums.leastOdds(level: level).map { ", at least \(Figures.number($0)) times the odds" } ?? ""
            let units = fewUnits(of: kind).map { number in
                ", all of them from \(number == 1 ? "one unit" : "\(number) units"), which the evidence counts once\(number == 1 ? "" : " each")"
            }
            return "- \(FaultReport.words(kind)): canary \(FaultReport.share(sums.canaryFailures, sums.canary)),"
                + " baseline \(FaultReport.share(sums.baselineFailures, sums.baseline))\(units ?? odds)"
        }
        if failures.count > FaultReport.most {
            lines.append("- and \(failures.count - FaultReport.most) more kinds, which were rarer")
        }
        lines.append(FaultReport.words(first.example))
        lines += byVersion
        return lines
    }

    /// The parts of the traffic where the canary is worse and elsewhere is not.
    var standingOutLines: [String] {
        standingOut.prefix(FaultReport.most).map { part in
            let sums = part.sums
            let what =
                part.limit.map { limit in
                    let name = part.event == .slow ? "latency" : "time to the first token"
                    return " \(name) above \(Figures.milliseconds(limit)) (production's p90 in the first quarter)"
                } ?? " failed"
            return "- \(part.stratum.dimension) \(part.stratum.value):\(what): canary"
                + " \(FaultReport.share(sums.canaryFailures, sums.canary)), baseline"
                + " \(FaultReport.share(sums.baselineFailures, sums.baseline)); at least"
                + " \(Figures.number(part.leastOdds)) times the odds, which is not shown elsewhere"
        }
    }

    /// How both arms fared in times and cost, one line each.
    var valueLines: [String] {
        values.compactMap { metric, canary, baseline in
            guard let own = canary.median, let theirs = baseline.median else { return nil }
            func figure(_ value: Double) -> String { RolloutText.figure(value, of: metric) }
            var line =
                "- \(RolloutText.name(metric)): median \(figure(own)) against \(figure(theirs))"
                + (theirs > 0 ? " (\(Figures.number(own / theirs)) times)" : "")
            if let own = canary.p99, let theirs = baseline.p99 {
                line += ", p99 \(figure(own)) against \(figure(theirs))"
                if theirs > 0 { line += " (\(Figures.number(own / theirs)) times)" }
            }
            return line + "; of \(canary.requests) and \(baseline.requests) requests"
        }
    }

    private var window: String {
        guard let from, let until else { return "In the ledger:" }
        return
            "By the ledger, first attempts from \(from) to \(until) (the evidence leaves some out: a unit's second"
            + " failure, warm-up, requests under way):"
    }

    private var byVersion: [String] {
        func parts(_ sums: [(String, (requests: Int64, failures: Int64))]) -> String {
            sums.sorted { $0.0 < $1.0 }.map { "\($0.0) \(FaultReport.share($0.1.failures, $0.1.requests))" }
                .joined(separator: ", ")
        }
        var lines: [String] = []
        if production.count > 1 {
            lines.append(
                "Failed by version: \(canary) \(FaultReport.share(whole.canaryFailures, whole.canary)); production:"
                    + " \(parts(production.map { ($0.key.rawValue, $0.value) }))."
            )
        }
        if models.count > 1 {
            lines.append("Failed by model of \(canary): \(parts(models.map { ($0.key, $0.value) })).")
        }
        return lines
    }

    static func words(_ kind: Kind) -> String {
        let status = kind.status.map { "status \($0), " } ?? ""
        return "\(status)\(kind.errorClass.rawValue) from \(kind.provider)"
    }

    private static func words(_ example: Example) -> String {
        "For instance request \(example.request) at \(example.at), version \(example.version):"
            + " \(words(example.kind)) after \(Figures.milliseconds(example.milliseconds))"
            + (example.isStream ? ", streamed." : ".")
    }

    private static func share(_ events: Int64, _ requests: Int64) -> String {
        requests > 0 && events <= requests
            ? "\(events) of \(requests) (\(Figures.percent(Double(events) / Double(requests))))" : "\(events)"
    }
}
