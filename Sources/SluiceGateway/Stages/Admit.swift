// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A place among a key's requests in flight; given back in every ending.
struct Permit {
    private let live: LiveKey

    fileprivate init(_ live: LiveKey) { self.live = live }

    func giveBack() { live.leave() }
}

extension Exchange {
    /// Takes a place for this request, or refuses it before its body is read.
    func admit() throws(Refusal) -> Permit {
        guard let live = key?.live else { throw Refusal(.missingKey, "No API key.") }
        let limit = home.configuration.maxInFlightPerKey
        guard live.enter(limit: limit) else {
            throw Refusal(
                .rateLimited,
                "This key has \(limit) requests in flight, which is its limit; try again when one has ended.",
                retryAfter: .seconds(1)
            )
        }
        return Permit(live)
    }
}
