// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP

extension Exchange {
    /// Takes a place among the requests in flight at a target, where its version adapts their number, and gives back the
    /// one that was held.
    func enter(_ target: CompiledTarget) -> Bool {
        if target.limit == heldTarget { return true }
        if let index = target.limit, !home.enterTarget(index) { return false }
        leaveTarget()
        heldTarget = target.limit
        return true
    }

    func leaveTarget() {
        guard let index = heldTarget else { return }
        home.leaveTarget(index)
        heldTarget = nil
    }

    /// The attempt under way, a stream's, has come to its first token, or has given up waiting for it.
    func noteWait(at target: CompiledTarget) {
        guard let index = target.limit, outcome.isStream else { return }
        home.noteWait(index, began: attemptBegan, target)
    }
}

extension GatewayLoop {
    func enterTarget(_ index: Int) -> Bool { !limits.indices.contains(index) || limits[index].enter(at: loop.now) }

    func leaveTarget(_ index: Int) { if limits.indices.contains(index) { limits[index].leave() } }

    func noteWait(_ index: Int, began: UInt64, _ target: CompiledTarget) {
        guard limits.indices.contains(index), let change = limits[index].note(began: began, at: loop.now) else {
            return
        }
        let metadata: Logger.Metadata = [
            "sluice.version": "\(target.version)", "sluice.provider": "\(target.provider)",
            "sluice.model": "\(target.model)",
        ]
        switch change {
        case .begins:
            logger.warning("a target slows down under its load; it gets fewer requests at a time", metadata: metadata)
        case .ends: logger.notice("a target is as fast as before; it gets all requests again", metadata: metadata)
        case .lifted:
            logger.warning("a target is slow with few requests too; it gets all of them again", metadata: metadata)
        }
    }
}
