// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import SluiceJudge
import SluiceRelease

extension RolloutExplanationView {
    init(_ explanation: RolloutExplanation, of id: String) {
        self.init(
            rolloutID: id,
            text: explanation.text,
            sections: explanation.sections.map { Section(heading: $0.heading, lines: $0.lines) }
        )
        state = explanation.status.state.phaseText
        awaited = explanation.status.awaited
        verdict = explanation.status.verdict.map { verdict in
            var view = RolloutVerdictView(verdict)
            for index in view.metrics.indices {
                let odds = MetricID(rawValue: view.metrics[index].metric).flatMap { explanation.odds[$0] }
                view.metrics[index].odds = odds.map {
                    RolloutVerdictView.OddsView(lower: $0.lower, upper: $0.upper, level: 1 - $0.alpha)
                }
            }
            return view
        }
        requests = explanation.faults.map(RolloutRequestsView.init)
        late = explanation.late
        lostBlocks = explanation.lostBlocks
        commands = explanation.commands
    }
}

extension RolloutRequestsView {
    init(_ report: FaultReport) {
        self.init(
            from: report.from?.description,
            until: report.until?.description,
            all: ArmsView(report.whole),
            errors: report.failures.map { ErrorView($0.kind, $0.sums, $0.example) },
            production: report.production.sorted { $0.key.rawValue < $1.key.rawValue }
                .map {
                    VersionView(versionID: $0.key.rawValue, requests: $0.value.requests, failures: $0.value.failures)
                },
            standsOut: report.standingOut.map(PartView.init),
            values: report.values.map { ValueView($0.metric, $0.canary, $0.baseline) }
        )
    }
}

extension RolloutRequestsView.ArmsView {
    fileprivate init(_ sums: FaultReport.Sums) {
        self.init(
            canary: (sums.canary, sums.canaryFailures),
            baseline: (sums.baseline, sums.baselineFailures)
        )
    }
}

extension RolloutRequestsView.ErrorView {
    fileprivate init(_ kind: FaultReport.Kind, _ sums: FaultReport.Sums, _ example: FaultReport.Example) {
        self.init(
            errorClass: kind.errorClass.rawValue,
            status: kind.status,
            provider: kind.provider.rawValue,
            canary: sums.canaryFailures,
            baseline: sums.baselineFailures,
            example: RolloutRequestsView.ExampleView(
                requestID: example.request.description,
                at: example.at.description,
                versionID: example.version.rawValue,
                model: example.model,
                milliseconds: example.milliseconds,
                stream: example.isStream
            )
        )
    }
}

extension RolloutRequestsView.PartView {
    fileprivate init(_ part: FaultReport.StandingOut) {
        self.init(
            event: part.event.rawValue,
            dimension: part.stratum.dimension,
            value: part.stratum.value,
            arms: RolloutRequestsView.ArmsView(part.sums),
            leastOdds: part.leastOdds,
            limit: part.limit
        )
    }
}

extension RolloutRequestsView.ValueView {
    fileprivate init(_ metric: MetricID, _ canary: FaultReport.ArmValues, _ baseline: FaultReport.ArmValues) {
        let unit = Metric(metric)?.facts.unit
        let scale = unit?.shown ?? 1
        func arm(_ values: FaultReport.ArmValues) -> RolloutRequestsView.ArmView {
            RolloutRequestsView.ArmView(
                requests: values.requests,
                median: values.median.map { $0 * scale },
                p99: values.p99.map { $0 * scale }
            )
        }
        self.init(
            metric: metric.rawValue,
            unit: unit?.rawValue ?? "",
            canary: arm(canary),
            baseline: arm(baseline)
        )
    }
}
