// SPDX-License-Identifier: Apache-2.0

/// Several production versions: the block of all traffic, followed by the canary against each of them.
extension Trial {
    mutating func runVersions(_ versions: PreparedTraffic.Versions) {
        var now = 0
        while now < scenario.horizon {
            let start = now
            now += length
            let tables = versions.counts.indices.map { index in
                let failed = versions.counts[index].failed.draw(&chance)
                return (requests: failed + versions.counts[index].served.draw(&chance), failed: failed)
            }
            let canary = tables[0]
            requests += canary.requests
            let others = tables.dropFirst()
            let pooled = Counts(
                clamping: canary.requests,
                canary.failed,
                others.reduce(0) { $0 + $1.requests },
                others.reduce(0) { $0 + $1.failed }
            )
            judge(block(at: start, errors: pooled), sight: .uncapped)
            var whole = block(at: start, errors: pooled)
            whole.parts = others.count
            judge(whole, sight: .capped)
            for (name, other) in zip(versions.names, others) {
                let counts = Counts(clamping: canary.requests, canary.failed, other.requests, other.failed)
                var part = block(at: start, errors: counts)
                part.stratum = name
                judge(part, sight: .capped)
            }
            if isOver { return }
        }
    }
}
