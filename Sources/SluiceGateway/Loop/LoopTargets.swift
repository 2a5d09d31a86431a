// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP

/// What one loop has for each target: its connections, what is known of its health, and its adaptive limit.
///
/// Indices are the same from one snapshot to the next.
struct LoopTargets {
    private var pools: [ProviderPool?] = []
    private var health: [TargetHealth] = []
    /// Of targets whose version adapts its concurrency.
    var limits: [TargetLimit] = []
    /// When refused credentials were last logged, by target; nanoseconds.
    private var credentialsLogged: [Int: UInt64] = [:]

    /// Nanoseconds between two lines of the log on a refused credential.
    private static let quietTime: UInt64 = 10_000_000_000

    // MARK: connections

    /// The connections to a target's provider, or `nil` where its TLS could not be set up.
    mutating func pool(of target: CompiledTarget, on loop: HTTPLoop) -> ProviderPool? {
        guard let (index, peer) = target.pool else { return nil }
        if pools.indices.contains(index), let pool = pools[index] { return pool }
        while pools.count <= index { pools.append(nil) }
        let pool = ProviderPool(to: peer, on: loop)
        pools[index] = pool
        return pool
    }

    mutating func close() {
        for pool in pools { pool?.close() }
        pools = []
    }

    // MARK: health

    func breakers(_ target: CompiledTarget) -> TargetBreakers? {
        health.indices.contains(target.health) ? health[target.health].breakers : nil
    }

    /// The decayed mean time to the first token of streams, or of whole answers, in nanoseconds; 0 where nothing is known.
    func time(_ target: CompiledTarget, isStream: Bool, at now: UInt64) -> Double {
        guard health.indices.contains(target.health) else { return 0 }
        let known = health[target.health]
        return (isStream ? known.firstToken : known.wholeAnswer).value(at: now)
    }

    /// Notes an answer to a request sent at `began`, and how long it took; `true` where this closed the last open breaker.
    mutating func countSuccess(
        _ target: CompiledTarget,
        began: UInt64,
        time: UInt64,
        isStream: Bool,
        on loop: HTTPLoop
    ) -> Bool {
        guard health.indices.contains(target.health) else { return false }
        health[target.health].add(time: time, isStream: isStream, at: loop.recent)
        return health[target.health].breakers.countSuccess(began: began, at: loop.recent, loop: loop.index)
    }

    /// Whether a refused credential is to be logged now: once in ten seconds for each target.
    mutating func mayLogCredential(_ target: CompiledTarget, at now: UInt64) -> Bool {
        if let last = credentialsLogged[target.health], now < last &+ LoopTargets.quietTime { return false }
        credentialsLogged[target.health] = now
        return true
    }

    // MARK: snapshots

    /// Takes in what a snapshot adds, and closes the connections to targets that are no longer in it.
    mutating func apply(_ snapshot: GatewaySnapshot) {
        for breakers in snapshot.breakers.dropFirst(health.count) { health.append(TargetHealth(breakers)) }
        for sum in snapshot.limits.dropFirst(limits.count) { limits.append(TargetLimit(sum)) }
        for index in pools.indices
        where !snapshot.targets.indices.contains(index) || snapshot.targets[index] == nil {
            pools[index]?.close()
            pools[index] = nil
        }
    }
}
