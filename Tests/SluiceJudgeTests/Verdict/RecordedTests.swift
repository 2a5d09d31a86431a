// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceJudge
import Testing

/// What was decided stays decided: logs of former versions give the verdicts of their time.
@Suite("Recorded rollouts")
struct RecordedTests {
    @Test("rollouts recorded before configurations had a formulation give the same verdicts, bit for bit")
    func firstFormulation() throws {
        var replay = Replay()
        var verdict: Verdict?
        var checked = 0
        for line in recordedRollouts.split(separator: "\n") {
            let word = line.prefix { $0 != " " }
            let rest = String(line.dropFirst(word.count + 1))
            switch word {
            case "event":
                replay.apply(try JSONDecoder().decode(ReplayEvent.self, from: Data(rest.utf8)))
            case "block":
                verdict = replay.apply(.block(try #require(Block(line: rest))))
            case "bits":
                #expect(Self.summary(try #require(verdict)) == rest)
                checked += 1
            default:
                #expect(Self.summary(try #require(replay.judge?.verdict(at: replay.now))) == rest)
                checked += 1
            }
        }
        #expect(checked == 41)
    }

    /// `log E` after each 25 pairs of blocks, as the second formulation had it.
    private static let secondFormulation = [
        "bfe919834cd79b18", "bfea4c870b2708eb", "bfe9a4c3c1676bdf", "bfe7b4a521ad4803", "bfe8a02b5cba4f35",
        "bfe69eba4f3d434f", "bfe30be4177bc1e4", "bfe11c9f23f5e40d", "bfdab7883a03ab47", "bfcdbaa0c60555a9",
        "bfc12ad1a76509ae", "3fa3d093c0a0775f", "bfdd8d82a5840fc7", "bfd790aff7f49f48", "4035acffdf8a96fa",
        "4052573e94ff924c",
    ]

    /// The same, as the fourth had it.
    private static let fourthFormulation = [
        "bfe919834cd79b18", "bfe9ff872ac49a7c", "bfe9710c1cc9543b", "bfe7923e440ebfed", "bfe890674edd8a0f",
        "bfe6930f21dd4f4e", "bfe30370c2060804", "bfe11744c725822a", "bfdaaf016f244f49", "bfcdada0b3abf08c",
        "bfc12081c0c81432", "3fa3f23347b9d552", "bfdd8712c56ce980", "bfd78ad7e128192b", "4035ad3b972203bb",
        "40531db22b2976c1",
    ]

    @Test(
        "blocks judged by an earlier formulation give the evidence of its time, bit for bit",
        arguments: [(2, secondFormulation), (4, fourthFormulation)]
    )
    func formulation(number: Int, evidence: [String]) throws {
        let configuration = try JudgeConfiguration(
            metrics: [
                MetricRule(
                    .error,
                    form: .event,
                    tolerance: 1.5,
                    ceiling: MetricRule.Ceiling(share: 0.05),
                    weight: 0.45
                ),
                MetricRule(.ttft, form: .value, tolerance: 1.2, weight: 0.25),
                MetricRule(.cost, form: .value, tolerance: 2, weight: 0.30),
            ],
            funding: Funding(start: 0.65, overtime: 0.05, planMinutes: 2880),
            burst: BurstLimit(cluster: 20, cap: 8),
            formulation: number
        )
        let stored = try JSONEncoder().encode(configuration)
        var judge = Judge(try JSONDecoder().decode(JudgeConfiguration.self, from: stored), startedAt: 0)
        judge.begin(StepDemand(startedAt: 0, seconds: 7200))
        var seen: [String] = []
        for place in 0..<400 {
            let seconds = place % 40 == 39 ? 64 : 2
            let failed: Int64 = (place * 7919) % 13 == 0 || place > 360 ? 2 : 0
            let errors = Counts(clamping: 4, failed, 50, Int64((place * 104_729) % 3))
            var entries = [Block.Entry(.event(.error), errors)]
            if place > 100 {
                let slow = Counts(clamping: 4, Int64(place % 4), 50, 25)
                entries.append(Block.Entry(.above(.q50, of: .ttft), slow))
            }
            // Two blocks of one cluster: what moves between them moves in its midst.
            for half in 0..<2 {
                judge.absorb(Block(start: Int64(place * 64 + half * 2), seconds: seconds, entries: entries))
            }
            if place % 25 == 24 { seen.append(Self.bits(judge.logEvidence)) }
        }
        #expect(seen == evidence)
    }

    private static func bits(_ number: Double) -> String { String(number.bitPattern, radix: 16) }

    /// A verdict as it stands in the recording.
    private static func summary(_ verdict: Verdict) -> String {
        let reasons = verdict.reasons.map { "\($0.code.rawValue):\($0.metric?.rawValue ?? "-"):\($0.setting ?? "-")" }
        var words = [
            verdict.decision.rawValue, reasons.joined(separator: "+"), bits(verdict.logEvidence),
            bits(verdict.peakLogEvidence), bits(verdict.sampleRatioLogEvidence), "\(verdict.stepRequests)",
            verdict.topContributor?.rawValue ?? "-",
        ]
        for report in verdict.metrics {
            let legs = report.legs.map { bits($0.logEvidence) + "," + ($0.ceilingAlone.map(bits) ?? "-") }
            words.append(
                [
                    report.metric.rawValue, report.standing.rawValue, bits(report.logEvidence),
                    legs.joined(separator: ";"), report.p99LogEvidence.map(bits) ?? "-",
                    report.certificateLogEvidence.map(bits) ?? "-",
                ].joined(separator: "/")
            )
        }
        return words.joined(separator: " ")
    }
}
