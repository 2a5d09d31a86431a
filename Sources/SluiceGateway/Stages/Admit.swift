// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A place among a key's requests in flight; given back in every ending.
struct Permit {
    private let live: InFlightCount
    private let home: GatewayLoop

    fileprivate init(_ live: InFlightCount, _ home: GatewayLoop) {
        self.live = live
        self.home = home
    }

    func giveBack() {
        live.leave()
        home.leave()
    }
}

extension Exchange {
    /// Takes a place for this request, or refuses it before its body is read.
    func admit() throws(Refusal) -> Permit {
        guard let key else { throw Refusal(.missingKey, "No API key.") }
        let live = key.live
        let limit = key.maxConcurrency ?? home.configuration.maxInFlightPerKey
        guard live.enter(limit: limit) else {
            throw Refusal(
                .rateLimited,
                "This key has \(limit) requests in flight, which is its limit; try again when one has ended.",
                retryAfter: .seconds(1)
            )
        }
        guard home.enter() else {
            live.leave()
            throw Refusal(
                .overloaded,
                "The relay is overloaded; try again in a moment.",
                retryAfter: home.pauseAsked()
            )
        }
        return Permit(live, home)
    }

    /// Takes a place among a version's requests in flight, and gives back the one that was held.
    func enter(_ version: CompiledVersion) -> Bool {
        guard let limit = version.limit else {
            leaveVersion()
            return true
        }
        if limit.live === heldPlace { return true }
        guard limit.live.enter(limit: limit.most) else { return false }
        leaveVersion()
        heldPlace = limit.live
        return true
    }

    func leaveVersion() {
        heldPlace?.leave()
        heldPlace = nil
    }
}
