// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What an admitted request holds until it ends: a slot of its key and of its loop, and later memory for its body.
///
/// It is taken in two phases: before the body is read, and as it is read. It ends once; what was not given back by then is
/// given back when it goes. The slots of a version and its targets are its attempts' (``TargetSlots``).
struct Permit: ~Copyable {
    private let loop: GatewayLoop
    private let key: InFlightCount
    private var isHeld = true
    /// Bytes of memory that are set aside for the body and for what is made of it.
    private var bodyBytes = 0

    /// Admits a request, or refuses it before its body is read.
    init(for caller: Caller, on loop: GatewayLoop) throws(Refusal) {
        let limit = caller.key.maxConcurrency ?? loop.configuration.maxInFlightPerKey
        guard caller.key.live.enter(limit: limit) else {
            throw Refusal(
                .rateLimited,
                "This key has \(limit) requests in flight, which is its limit; try again when one has ended.",
                retryAfter: .seconds(1)
            )
        }
        guard loop.enter() else {
            caller.key.live.leave()
            throw Refusal(
                .overloaded,
                "The relay is overloaded; try again in a moment.",
                retryAfter: loop.pauseAsked()
            )
        }
        self.loop = loop
        key = caller.key.live
    }

    deinit { giveBack() }

    /// Sets memory aside for a body of so many bytes in all, and for what is made of it; `false` where there is none.
    mutating func reserve(_ bytes: Int, copies: Int) -> Bool {
        guard bytes > BodyRoom.smallest else { return true }
        let (wanted, isPast) = bytes.multipliedReportingOverflow(by: copies)
        guard !isPast else { return false }
        guard wanted > bodyBytes else { return true }
        guard loop.memory.bodies.take(wanted - bodyBytes, for: key, besides: bodyBytes) else { return false }
        bodyBytes = wanted
        return true
    }

    /// The body is not needed any more, nor what was made of it.
    mutating func releaseBody() { release(but: 0) }

    /// The body as it came is not needed any more: one of so many copies is given back, and what was made of it stays.
    mutating func releaseOriginal(copies: Int) { release(but: bodyBytes / copies * (copies - 1)) }

    private mutating func release(but bytes: Int) {
        guard bodyBytes > bytes else { return }
        loop.memory.bodies.giveBack(bodyBytes - bytes, for: key)
        bodyBytes = bytes
    }

    /// Gives everything back.
    mutating func end() {
        giveBack()
        isHeld = false
        bodyBytes = 0
    }

    private func giveBack() {
        guard isHeld else { return }
        if bodyBytes > 0 { loop.memory.bodies.giveBack(bodyBytes, for: key) }
        key.leave()
        loop.leave()
    }
}
