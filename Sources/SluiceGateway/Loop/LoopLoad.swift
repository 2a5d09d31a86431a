// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP

/// What is under way on one loop, and whether it takes more.
struct LoopLoad {
    /// Requests that were admitted and have not ended.
    private(set) var inFlight = 0
    /// How to end each attempt that no caller waits for.
    private(set) var background: [ObjectIdentifier: () -> Void] = [:]
    private var shedder = LoadShedder()
    /// Nanoseconds.
    private let longestLag: UInt64
    private let leastBeforeShedding: Int

    init(_ configuration: Gateway.Configuration) {
        longestLag = AttemptLimits.nanoseconds(configuration.longestLag)
        leastBeforeShedding = configuration.leastBeforeShedding
    }

    /// Takes a request in, or says no because the loop lags behind or memory is short.
    ///
    /// One at a time is served however short memory is: what else would show that there is some again?
    mutating func enter(
        on loop: HTTPLoop,
        isMemoryShort: Bool,
        using chance: inout some RandomNumberGenerator
    ) -> Bool {
        if inFlight > 0, isMemoryShort { return false }
        shedder.look(tick: loop.tick, lag: loop.lag, limit: longestLag)
        if inFlight >= leastBeforeShedding, shedder.refuses(using: &chance) { return false }
        inFlight += 1
        return true
    }

    mutating func leave() { inFlight -= 1 }

    mutating func noteBackground(_ attempt: AnyObject, end: @escaping () -> Void) {
        background[ObjectIdentifier(attempt)] = end
    }

    mutating func forgetBackground(_ attempt: AnyObject) { background[ObjectIdentifier(attempt)] = nil }
}

/// Refuses a share of the requests while an event loop lags behind, so that those it takes are served in time.
///
/// Four late ticks in a row begin it; each further one adds a tenth, each good one takes a fortieth away. At least a
/// twentieth goes through.
struct LoadShedder: Equatable {
    /// Thousandths.
    private(set) var share = 0
    private var seenTick: UInt64 = 0
    private var lateTicks = 0

    static let patience = 4
    static let most = 950
    static let step = 100
    static let recovery = 25

    /// Looks at the loop's newest tick, once; lag and limit in nanoseconds.
    mutating func look(tick: UInt64, lag: UInt64, limit: UInt64) {
        guard tick != seenTick else { return }
        let elapsed = Int(clamping: min(tick &- seenTick, 40))
        seenTick = tick
        guard lag > limit else {
            lateTicks = 0
            share = max(0, share - LoadShedder.recovery * elapsed)
            return
        }
        lateTicks += 1
        if lateTicks >= LoadShedder.patience { share = min(LoadShedder.most, share + LoadShedder.step) }
    }

    func refuses(using random: inout some RandomNumberGenerator) -> Bool {
        share > 0 && Int.random(in: 0..<1_000, using: &random) < share
    }
}
