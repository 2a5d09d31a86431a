// SPDX-License-Identifier: Apache-2.0
import Benchmark
import SluiceJudge

// What the judge costs. Instructions are what to compare; wall clock is for orientation.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock, .instructions],
        scalingFactor: .kilo,
        maxDuration: .seconds(2)
    )

    /// A block of two seconds at 27.8 requests/s and 5 %, with an event in either arm.
    let typical = Counts(clamping: 3, 1, 52, 1)
    let quiet = Counts(clamping: 3, 0, 52, 0)
    let longer = Counts(clamping: 30, 4, 520, 9)
    let large = Counts(clamping: 50_000, 600, 950_000, 9500)

    for (name, counts) in [("typical", typical), ("quiet", quiet), ("longer", longer), ("a million requests", large)] {
        Benchmark("ten odds, tolerance 1.5, block \(name)") { benchmark in
            var evidence = RelativeEvidence(tolerance: 1.5, funding: Funding(planMinutes: 2880))
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { evidence.absorb(counts) }
            blackHole(evidence.logEvidence)
        }
    }

    Benchmark("ten odds, binomial bound, block typical") { benchmark in
        var evidence = RelativeEvidence(funding: Funding(planMinutes: 2880), path: .fast)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { evidence.absorb(typical) }
        blackHole(evidence.logEvidence)
    }

    Benchmark("a judge of one metric, block typical") { benchmark in
        guard var judge = errorJudge() else { return benchmark.error("no judge") }
        let block = Block(start: 0, seconds: 2, entries: [Block.Entry(.event(.error), typical)])
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { judge.absorb(block) }
        blackHole(judge.logEvidence)
    }

    Benchmark("a judge of the standard metrics, an event in all 22 series") { benchmark in
        guard let configuration = try? JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 2880) else {
            return benchmark.error("no configuration")
        }
        var judge = Judge(configuration, startedAt: 0)
        let block = Block(start: 0, seconds: 2, entries: configuration.series.map { Block.Entry($0, typical) })
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { judge.absorb(block) }
        blackHole(judge.logEvidence)
    }

    Benchmark("a verdict of the standard metrics") { benchmark in
        guard let configuration = try? JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 2880) else {
            return benchmark.error("no configuration")
        }
        var judge = Judge(configuration, startedAt: 0)
        judge.absorb(Block(start: 0, seconds: 2, entries: configuration.series.map { Block.Entry($0, typical) }))
        benchmark.startMeasurement()
        for second in benchmark.scaledIterations { blackHole(judge.verdict(at: Int64(second))) }
    }

    Benchmark("raise a counter") { benchmark in
        var counters = BlockCounters(start: 0, series: 22)
        benchmark.startMeasurement()
        for place in benchmark.scaledIterations { counters.count(place & 15, .canary, event: place & 63 == 0) }
        blackHole(counters.counts(3))
    }
}

private func errorJudge() -> Judge? {
    guard
        let configuration = try? JudgeConfiguration(
            metrics: [MetricRule(.error, form: .event, tolerance: 1.5)],
            funding: Funding(planMinutes: 2880)
        )
    else { return nil }
    return Judge(configuration, startedAt: 0)
}
