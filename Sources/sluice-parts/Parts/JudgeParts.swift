// SPDX-License-Identifier: Apache-2.0
import SluiceJudge

extension Part {
    /// Evidence.
    static let judge: [Part] = [
        Part("judge-block", "a block of counts absorbed by the standard judge, an event in all 22 series") { count in
            let configuration = try JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 2_880)
            var judge = Judge(configuration, startedAt: 0)
            let counts = Counts(clamping: 3, 1, 52, 1)
            let block = Block(start: 0, seconds: 2, entries: configuration.series.map { Block.Entry($0, counts) })
            for _ in 0..<count { judge.absorb(block) }
            return judge.logEvidence.isNaN ? 0 : 1
        },
        Part("judge-quiet-block", "a block in which nothing failed") { count in
            let configuration = try JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 2_880)
            var judge = Judge(configuration, startedAt: 0)
            let counts = Counts(clamping: 3, 0, 52, 0)
            let block = Block(start: 0, seconds: 2, entries: configuration.series.map { Block.Entry($0, counts) })
            for _ in 0..<count { judge.absorb(block) }
            return judge.logEvidence.isNaN ? 0 : 1
        },
    ]
}
