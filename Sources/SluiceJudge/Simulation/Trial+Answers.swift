// SPDX-License-Identifier: Apache-2.0

/// Answers that take their time, counted as the relay counts them.
///
/// Requests that began in one block are a cohort. Its first table closes with the block and holds the errors that have happened by
/// then; later ones make further tables of those still at risk. A value counts once its limits are past; a refused attempt has no
/// value.
extension Trial {
    private struct Arms {
        var canary: Int64 = 0
        var baseline: Int64 = 0

        subscript(_ arm: Arm) -> Int64 {
            get { arm == .canary ? canary : baseline }
            set { if arm == .canary { canary = newValue } else { baseline = newValue } }
        }
    }

    private struct Cohort {
        var atRisk = Arms()
        var failed = Arms()
        var refused = Arms()
        var served = Arms()
        var timed = Arms()
        var above: [Arms]
        /// The same as if refusals were answers.
        var aboveWithRefused: [Arms]
    }

    /// Errors that are still to happen: by the second, the cohort and the arm.
    private struct Coming {
        private var slots = [[(cohort: Int, arm: Arm)]](repeating: [], count: 256)

        mutating func add(_ cohort: Int, _ arm: Arm, in second: Int) { slots[second & 255].append((cohort, arm)) }

        mutating func take(_ second: Int) -> [(cohort: Int, arm: Arm)] {
            let due = slots[second & 255]
            if !due.isEmpty { slots[second & 255].removeAll(keepingCapacity: true) }
            return due
        }
    }

    mutating func runAnswers(_ phases: [PreparedTraffic.Answers]) {
        guard let limits = phases.first?.limits else { return }
        var coming = Coming()
        var cohorts: [Cohort] = []
        // Seconds after which the last limit is past, in whole blocks.
        let times = limits.filter { !$0.series.rawValue.hasPrefix("cost") }.map(\.canary)
        let lag = (min(240, Int((times.max() ?? 0) / 1000)) + length) / length
        var now = 0
        var rest = phases[...]
        var phaseEnd = phases[0].seconds
        while now < scenario.horizon {
            if now >= phaseEnd, rest.count > 1 {
                rest.removeFirst()
                phaseEnd += rest.first?.seconds ?? 0
            }
            guard let phase = rest.first else { return }
            if now == scenario.onset { requests = 0 }
            let start = now
            cohorts.append(
                Cohort(
                    above: [Arms](repeating: Arms(), count: limits.count),
                    aboveWithRefused: [Arms](repeating: Arms(), count: limits.count)
                )
            )
            let own = cohorts.count - 1
            while now < start + length {
                serve(phase, .canary, phase.canaryRequests.draw(&chance), into: &cohorts[own], own, now, &coming)
                serve(phase, .baseline, phase.baselineRequests.draw(&chance), into: &cohorts[own], own, now, &coming)
                now += 1
                further(&cohorts, except: own, coming.take(now), now)
            }
            let cohort = cohorts[own]
            let errors = Counts(
                clamping: cohort.served.canary,
                cohort.failed.canary,
                cohort.served.baseline,
                cohort.failed.baseline
            )
            cohorts[own].atRisk.canary = errors.canary - errors.canaryEvents
            cohorts[own].atRisk.baseline = errors.baseline - errors.baselineEvents
            let settled = own - lag >= 0 ? cohorts[own - lag] : nil
            let ended = own - phase.longest / length >= 0 ? cohorts[own - phase.longest / length] : nil
            let well = Counts(clamping: 0, 0, (ended?.atRisk.baseline ?? 0) - (ended?.refused.baseline ?? 0), 0)
            for sight in [Contender.Sight.capped, .uncapped] where contenders.contains(where: { $0.sight == sight }) {
                var tables = tables(errors, cohort, settled, limits, withRefused: sight == .uncapped)
                tables.append((.settled(.error), well))
                judge(block(at: start, tables), sight: sight)
            }
            if isOver { return }
        }
    }

    private mutating func serve(
        _ phase: PreparedTraffic.Answers,
        _ arm: Arm,
        _ count: Int64,
        into cohort: inout Cohort,
        _ index: Int,
        _ second: Int,
        _ coming: inout Coming
    ) {
        let model = arm == .canary ? phase.canary : phase.baseline
        if arm == .canary { requests += count }
        cohort.served[arm] += count
        for _ in 0..<count {
            let u = chance.uniform()
            if u < model.errorRate {
                // Within its own second or at the end of a later one.
                let end = second + min(250, Int(model.errorAfter)) + 1
                if end <= (second / length + 1) * length {
                    cohort.failed[arm] += 1
                } else {
                    coming.add(index, arm, in: end)
                }
                continue
            }
            let isRefused = u < model.errorRate + model.refusalRate
            if isRefused { cohort.refused[arm] += 1 } else { cohort.timed[arm] += 1 }
            let latency = model.latency.draw(&chance)
            let cost = ValueModel.cost.draw(&chance)
            for slot in phase.limits.indices {
                let name = phase.limits[slot].series.rawValue
                let limit = arm == .canary ? phase.limits[slot].canary : phase.limits[slot].baseline
                let isCost = name.utf8.first == UInt8(ascii: "c")
                let isFirst = name.utf8.first == UInt8(ascii: "t")
                let value = isCost ? cost : isFirst ? latency * model.firstToken : latency
                if !isRefused {
                    if value > limit {
                        cohort.above[slot][arm] += 1
                        cohort.aboveWithRefused[slot][arm] += 1
                    }
                } else if !isCost, model.refusalAfter > limit {
                    cohort.aboveWithRefused[slot][arm] += 1
                }
            }
        }
    }

    /// Errors of closed cohorts that have just happened: a table each.
    private mutating func further(
        _ cohorts: inout [Cohort],
        except open: Int,
        _ due: [(cohort: Int, arm: Arm)],
        _ now: Int
    ) {
        guard !due.isEmpty else { return }
        var fresh: [Int: Arms] = [:]
        for event in due {
            if event.cohort == open {
                cohorts[open].failed[event.arm] += 1
            } else {
                fresh[event.cohort, default: Arms()][event.arm] += 1
            }
        }
        for (index, events) in fresh.sorted(by: { $0.key < $1.key }) {
            let risk = cohorts[index].atRisk
            let counts = Counts(clamping: risk.canary, events.canary, risk.baseline, events.baseline)
            cohorts[index].atRisk.canary -= events.canary
            cohorts[index].atRisk.baseline -= events.baseline
            var block = Block(start: Int64(now - 1), seconds: 1, entries: [Block.Entry(.event(.error), counts)])
            block.isFurther = true
            judge(block)
        }
    }

    private func tables(
        _ errors: Counts,
        _ cohort: Cohort,
        _ settled: Cohort?,
        _ limits: [PreparedTraffic.Limit],
        withRefused: Bool
    ) -> [(SeriesID, Counts)] {
        var tables: [(SeriesID, Counts)] = [(.event(.error), errors)]
        for rule in scenario.rules where rule.form == .event && rule.metric != .error {
            let events = rule.metric == .quota ? cohort.refused : Arms()
            tables.append(
                (
                    .event(rule.metric),
                    Counts(clamping: errors.canary, events.canary, errors.baseline, events.baseline)
                )
            )
        }
        guard let settled else { return tables }
        for (slot, limit) in limits.enumerated() {
            let above = withRefused ? settled.aboveWithRefused[slot] : settled.above[slot]
            let more = withRefused ? settled.refused : Arms()
            tables.append(
                (
                    limit.series,
                    Counts(
                        clamping: settled.timed.canary + more.canary,
                        above.canary,
                        settled.timed.baseline + more.baseline,
                        above.baseline
                    )
                )
            )
        }
        return tables
    }
}
