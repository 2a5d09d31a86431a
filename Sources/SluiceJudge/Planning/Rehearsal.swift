// SPDX-License-Identifier: Apache-2.0
import RealModule

/// A step run in advance: the judge itself, made-up requests, and chance from a fixed seed.
///
/// No formula tells how long one-armed blocks, the legs of a metric, capital that is paid in over time and a limit on bursts
/// take together, so they are run. Time goes in cells, a sixty-fourth of the expected delay or a block, whichever is longer: tables
/// of several blocks say together what they say one by one, and a limit on bursts shorter than a cell hardly holds anything back. Every
/// second run mirrors the chance of the one before, so that few runs suffice.
struct Rehearsal {
    private let question: PlanEstimate.Question
    private let judge: Judge?
    private let healthySeconds: Int
    private let block: Int
    private let cell: Int
    private let most: Int

    private static let runs = 64
    private static let cells = 64.0
    /// Longer than this many times the expected delay, and forty clusters, nothing is waited for.
    private static let patience = 8.0
    /// Nor longer than three years.
    private static let longest = 1e8

    /// Prepares a fault that begins after some healthy seconds.
    ///
    /// - Parameters:
    ///   - question: traffic, rates, and how they are judged.
    ///   - healthySeconds: seconds in which both arms have the baseline's rate.
    ///   - most: seconds of the fault after which a run ends at the latest.
    init(_ question: PlanEstimate.Question, healthySeconds: Int = 0, most: Double = .infinity) {
        self.question = question
        block = BlockLength.seconds(requestsPerSecond: question.requestsPerSecond, share: question.share)
        let expected = min(2 * question.bound / (question.requestsPerSecond * question.share), most, 1e9)
        var cell = block
        while Double(cell) * Self.cells < expected, cell < BlockLength.longest { cell *= 2 }
        self.cell = cell
        let least = 64 * Double(block) + 40 * Double(question.burst?.cluster ?? 0)
        self.most = Int(min(max(Self.patience * expected, least), most, Self.longest))
        self.healthySeconds = healthySeconds
        guard question.bound < .infinity else {
            judge = nil
            return
        }
        let isCoarse = cell > block && question.burst.map { $0.cluster < cell } ?? false
        let rule = MetricRule(
            .error,
            form: .event,
            tolerance: question.tolerance,
            ceiling: question.ceiling.map { MetricRule.Ceiling(share: $0) }
        )
        let configuration = try? JudgeConfiguration(
            alpha: question.alpha * question.metricShare,
            metrics: [rule],
            funding: Funding(planMinutes: question.planMinutes),
            burst: isCoarse ? nil : question.burst
        )
        judge = configuration.map { Judge($0, startedAt: 0) }
    }

    /// Canary requests and seconds from the fault to the rollback, on average; infinite where most runs do not find it.
    func mean() -> (requests: Double, seconds: Double) {
        guard let judge else { return (.infinity, .infinity) }
        var requests = 0.0
        var seconds = 0.0
        var missed = 0
        for run in 0..<Self.runs {
            let end = self.run(run, judge)
            requests += end.requests
            seconds += end.seconds
            if !end.isFound { missed += 1 }
        }
        guard missed * 2 <= Self.runs else { return (.infinity, .infinity) }
        return (requests / Double(Self.runs), seconds / Double(Self.runs))
    }

    /// Whether the fault is found within `seconds`, on average.
    func isFound(within seconds: Double) -> Bool {
        guard let judge else { return false }
        var found = 0
        for run in 0..<12 {
            let end = self.run(run, judge)
            if end.isFound, end.seconds <= seconds { found += 1 }
        }
        return found >= 7
    }

    private func run(_ index: Int, _ judge: Judge) -> (requests: Double, seconds: Double, isFound: Bool) {
        var judge = judge
        var chance = Chance(Xoshiro256(seed: 1, stream: UInt64(index / 2)), isMirrored: index % 2 == 1)
        var now = 0
        // Ever shorter towards the fault, where the capital that has just been paid in is what counts.
        while now < healthySeconds {
            let length = min(max(block, (healthySeconds - now) / 3), BlockLength.longest, healthySeconds - now)
            judge.absorb(table(question.baselineRate, now, length, &chance))
            now += length
        }
        if judge.hasRegressed { return (1, 1, true) }
        var requests = 0.0
        var elapsed = 0
        while elapsed < most {
            let table = table(question.canaryRate, now + elapsed, cell, &chance)
            judge.absorb(table)
            elapsed += cell
            requests += Double(table.entries.first?.counts.canary ?? 0)
            if judge.hasRegressed {
                // Within a cell of several blocks it was found half-way on average.
                let part = cell > block ? 0.5 * Double(cell - block) / Double(elapsed) : 0
                return (requests * (1 - part), Double(elapsed) * (1 - part), true)
            }
        }
        return (requests, Double(elapsed), false)
    }

    private func table(_ rate: Double, _ start: Int, _ seconds: Int, _ chance: inout Chance) -> Block {
        let own = question.requestsPerSecond * question.share * Double(seconds)
        let other = question.requestsPerSecond * (1 - question.share) * Double(seconds)
        let failed = chance.poisson(own * rate)
        let others = chance.poisson(other * question.baselineRate)
        let counts = Counts(
            clamping: failed + chance.poisson(own * (1 - rate)),
            failed,
            others + chance.poisson(other * (1 - question.baselineRate)),
            others
        )
        return Block(start: Int64(start), seconds: seconds, entries: [Block.Entry(.event(.error), counts)])
    }

    /// Poisson counts, large where those of the mirrored run are small.
    private struct Chance {
        private var generator: Xoshiro256
        private let isMirrored: Bool

        init(_ generator: Xoshiro256, isMirrored: Bool) {
            self.generator = generator
            self.isMirrored = isMirrored
        }

        mutating func poisson(_ mean: Double) -> Int64 {
            let u = generator.uniform()
            let v = generator.uniform()
            if mean > 30 {
                let normal = (-2 * Double.log(1 - u)).squareRoot() * Double.cos(2 * .pi * v)
                let count = mean + (isMirrored ? -normal : normal) * mean.squareRoot() + 0.5
                return Int64(min(max(0, count), 1e12))
            }
            var left = isMirrored ? 1 - u : u
            var term: Double = .exp(-mean)
            var count: Int64 = 0
            while left >= term, count < 200 {
                left -= term
                count += 1
                term *= mean / Double(count)
            }
            return count
        }
    }
}
