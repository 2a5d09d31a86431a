// SPDX-License-Identifier: Apache-2.0

/// Providers that have blips, their own equally often or one for both: neither arm is worse.
extension Trial {
    mutating func runBlips(_ blips: PreparedTraffic.Blips) {
        let model = blips.model
        var own = Down(blips.starts(scenario.horizon, &chance), seconds: model.seconds)
        var other = model.areCommon ? own : Down(blips.starts(scenario.horizon, &chance), seconds: model.seconds)
        var now = 0
        while now < scenario.horizon {
            let start = now
            now += length
            let counts: Counts
            if own.touches(start, now) || other.touches(start, now) {
                counts = (start..<now).reduce(.zero) { sum, second in
                    sum + self.second(blips, own.holds(second), other.holds(second))
                }
            } else {
                let failed = blips.block.own.draw(&chance)
                let others = blips.block.other.draw(&chance)
                counts = Counts(
                    clamping: failed + blips.block.served.draw(&chance),
                    failed,
                    others + blips.block.rest.draw(&chance),
                    others
                )
            }
            requests += counts.canary
            judge(block(at: start, errors: counts))
            if isOver { return }
        }
    }

    private mutating func second(_ blips: PreparedTraffic.Blips, _ own: Bool, _ other: Bool) -> Counts {
        let canary = blips.canary.draw(&chance)
        let baseline = blips.baseline.draw(&chance)
        let part = blips.model.part
        return Counts(
            clamping: canary,
            failures(canary, own ? part : PreparedTraffic.Blips.rate),
            baseline,
            failures(baseline, other ? part : PreparedTraffic.Blips.rate)
        )
    }

    private mutating func failures(_ requests: Int64, _ rate: Double) -> Int64 {
        if rate >= 1 { return requests }
        var failed: Int64 = 0
        for _ in 0..<requests where chance.uniform() < rate { failed += 1 }
        return failed
    }

    /// When a provider is down.
    private struct Down {
        private var starts: ArraySlice<Int>
        private let seconds: Int

        init(_ starts: [Int], seconds: Int) {
            self.starts = starts[...]
            self.seconds = seconds
        }

        /// Whether a blip has a second in the stretch; those before it are forgotten.
        mutating func touches(_ start: Int, _ end: Int) -> Bool {
            while let first = starts.first, first + seconds <= start { starts.removeFirst() }
            return starts.first.map { $0 < end } ?? false
        }

        func holds(_ second: Int) -> Bool {
            for start in starts {
                if start > second { return false }
                if second < start + seconds { return true }
            }
            return false
        }
    }
}
