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
