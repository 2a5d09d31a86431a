// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP

extension GatewayLoop {
    func enterTarget(_ index: Int) -> Bool { !limits.indices.contains(index) || limits[index].enter(at: http.now) }

    func leaveTarget(_ index: Int) { if limits.indices.contains(index) { limits[index].leave() } }

    func noteWait(_ index: Int, began: UInt64, _ target: CompiledTarget) {
        guard limits.indices.contains(index), let change = limits[index].note(began: began, at: http.now) else {
            return
        }
        var metadata = metadata(target)
        metadata["sluice.version"] = "\(target.version)"
        switch change {
        case .begins:
            logger.warning("a target slows down under its load; it gets fewer requests at a time", metadata: metadata)
        case .ends: logger.notice("a target is as fast as before; it gets all requests again", metadata: metadata)
        case .lifted:
            logger.warning("a target is slow with few requests too; it gets all of them again", metadata: metadata)
        }
    }
}
