// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FoundationEssentials
import SluiceJudge

/// `sluice judge replay FILE`: the verdicts of recorded blocks, again.
struct JudgeReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run recorded blocks through the judge again: the same blocks give the same verdicts bit for bit.",
        discussion: """
            FILE has one entry a line: {"start":{"at":SECOND,"configuration":{...}}}, {"step":{...}}, {"block":{...}}, \
            {"acknowledge":"METRIC"}, or a block in its compact form (B1 ...). Empty lines and lines that begin with # are \
            passed over. Without a start the standard metrics are judged from the first block on. - reads the standard input.
            """
    )

    @Argument(help: "The log, or - for the standard input.")
    var file: String

    @Flag(help: "Print the verdict after each block, not only where it changes and the last.")
    var all = false

    @Flag(help: "Print verdicts as JSON, one a line.")
    var json = false

    func run() throws {
        var replay = Replay()
        var shown: Verdict?
        var last: Verdict?
        var odds = OddsInterval(alpha: 0.05)
        for (number, line) in try lines().enumerated() {
            let text = line.hasSuffix("\r") ? String(line.dropLast()) : line
            guard let first = text.first, first != "#" else { continue }
            let event = try event(text, line: number + 1)
            if case .block(let block) = event {
                if replay.judge == nil { try startPlainly(&replay, at: block.start) }
                for entry in block.entries where entry.series == .event(.error) { odds.absorb(entry.counts) }
            }
            guard let verdict = replay.apply(event) else { continue }
            last = verdict
            if all || shown.map({ $0.decision != verdict.decision || $0.reasons != verdict.reasons }) ?? true {
                try show(verdict, at: replay.now)
                shown = verdict
            }
        }
        guard let last else { throw ValidationError("\(file) holds no block") }
        if !json { summarise(last, odds) } else if last != shown { try show(last, at: replay.now) }
    }

    private func lines() throws -> [String] {
        var text = ""
        if file == "-" {
            while let line = readLine(strippingNewline: false) { text += line }
        } else {
            let bytes: Data
            do {
                bytes = try Data(contentsOf: URL(filePath: file))
            } catch {
                throw ValidationError("cannot read \(file)")
            }
            text = String(decoding: bytes, as: UTF8.self)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func event(_ line: String, line number: Int) throws -> ReplayEvent {
        if line.hasPrefix("B1 ") {
            guard let block = Block(line: line) else {
                let form = "B1 start seconds epoch stratum series=n_c,k_c,n_b,k_b ..."
                throw ValidationError("line \(number): not a block: \(form)")
            }
            return .block(block)
        }
        do {
            return try JSONDecoder().decode(ReplayEvent.self, from: Data(line.utf8))
        } catch let error as ConfigurationError {
            throw ValidationError("line \(number): \(error)")
        } catch let DecodingError.dataCorrupted(context) {
            throw ValidationError("line \(number): \(context.debugDescription)")
        } catch let DecodingError.keyNotFound(key, _) {
            throw ValidationError("line \(number): \(key.stringValue) is missing")
        } catch {
            throw ValidationError("line \(number): not an entry of a judge's log")
        }
    }

    private func startPlainly(_ replay: inout Replay, at second: Int64) throws {
        let configuration = try JudgeConfiguration.standard(planMinutes: 2880)
        replay.apply(.start(configuration: configuration, at: second))
    }

    private struct Line: Encodable {
        var at: Int64
        var verdict: Verdict
    }

    private func show(_ verdict: Verdict, at second: Int64) throws {
        if json {
            print(try JudgeOutput.json(Line(at: second, verdict: verdict), isPretty: false))
            return
        }
        let reasons = verdict.reasons.map(Self.text).joined(separator: ", ")
        let evidence = JudgeOutput.number(verdict.logEvidence, 4)
        print("\(second)  \(JudgeOutput.left(verdict.decision.rawValue, 8))  log E \(evidence)  \(reasons)")
    }

    private static func text(_ reason: Reason) -> String {
        let metric = reason.metric.map { "(\($0))" } ?? ""
        let setting = reason.setting.map { " by \($0)" } ?? ""
        return reason.code.rawValue + metric + setting
    }

    private func summarise(_ verdict: Verdict, _ odds: OddsInterval) {
        let threshold = JudgeOutput.number(verdict.logThreshold, 2)
        print("\nverdict: \(verdict.decision.rawValue)")
        let significance = verdict.significance.map { "; p <= \($0)" } ?? ""
        print("log E \(verdict.logEvidence), rollback at \(threshold)\(significance)")
        if let top = verdict.topContributor { print("top contributor: \(top)") }
        print(
            JudgeOutput.left("metric", 14) + JudgeOutput.left("standing", 11) + JudgeOutput.right("log E", 10)
                + JudgeOutput.right("canary", 22) + JudgeOutput.right("baseline", 24)
        )
        for metric in verdict.metrics {
            let n = metric.counts
            print(
                JudgeOutput.left(metric.metric.rawValue, 14)
                    + JudgeOutput.left(metric.standing.rawValue, 11)
                    + JudgeOutput.right(JudgeOutput.number(metric.logEvidence, 4), 10)
                    + JudgeOutput.right("\(n.canaryEvents) of \(n.canary)", 22)
                    + JudgeOutput.right("\(n.baselineEvents) of \(n.baseline)", 24)
            )
        }
        let low = odds.lower.map { JudgeOutput.number($0, 2) } ?? "unknown"
        let high = odds.upper.map { JudgeOutput.number($0, 2) } ?? "unknown"
        print("odds ratio of errors, 95 %, valid at any time: above \(low), below \(high)")
    }
}
