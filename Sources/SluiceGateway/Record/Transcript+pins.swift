// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

// What providers keep of a call: on record before its id leaves.
extension Transcript {
    /// Puts on record which account keeps an answer, where it does.
    ///
    /// - Parameter isOwed: the answer is still to be made, and so is what it costs.
    func pin(_ id: [UInt8], at target: CompiledTarget, isOwed: Bool) {
        guard awaitsID, !id.isEmpty else { return }
        awaitsID = false
        put(id, at: target, isOwed: isOwed || charges.isToBePaid)
        if isOwed, let hold = charges.hold, let key { hold.owes = key.digest(of: id) }
    }

    /// Puts on record what an answer names beside itself that its caller has made, and that is not on record yet.
    func pinFurther(_ ids: [String], at target: CompiledTarget) {
        guard let key else { return }
        for id in ids.map({ Array($0.utf8) }) where loop.pins.find(key.digest(of: id)) == nil {
            put(id, at: target, isOwed: false)
        }
    }

    private func put(_ id: [UInt8], at target: CompiledTarget, isOwed: Bool) {
        guard let key else { return }
        let pin = Pin(
            digest: key.digest(of: id),
            version: target.version,
            provider: target.provider,
            account: target.account,
            madeAt: loop.wallClock(),
            isOwed: isOwed
        )
        loop.sink.append(.pinned(pin), loop: loop.http.index)
        loop.pins.put(pin.digest, at: target.pins, isOwed: isOwed)
    }
}

/// Looks for sealed reasoning in an answer as it leaves.
final class SealedWatch {
    private var search = SealedReasoning()

    /// - Parameter found: is told the beginning of each.
    func look(at bytes: ByteBuffer, _ found: (String) -> Void) {
        search.feed(bytes.readableBytesSpan) {
            if case .content(let content) = $0 { found(String(decoding: content, as: UTF8.self)) }
        }
    }
}
