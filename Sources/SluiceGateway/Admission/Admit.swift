// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Exchange {
    /// Takes a place for this request among its key's and its loop's, or refuses it before its body is read.
    ///
    /// Every ending gives it back with ``leave()``.
    func admit() throws(Refusal) {
        guard let key else { throw Refusal(.missingKey, "No API key.") }
        let limit = key.maxConcurrency ?? home.configuration.maxInFlightPerKey
        guard key.live.enter(limit: limit) else {
            throw Refusal(
                .rateLimited,
                "This key has \(limit) requests in flight, which is its limit; try again when one has ended.",
                retryAfter: .seconds(1)
            )
        }
        guard home.enter() else {
            key.live.leave()
            throw Refusal(
                .overloaded,
                "The relay is overloaded; try again in a moment.",
                retryAfter: home.pauseAsked()
            )
        }
    }

    /// Gives back every place that was taken for an admitted request.
    func leave() {
        leaveRoom()
        key?.live.leave()
        home.leave()
        leaveVersion()
        leaveTarget()
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
