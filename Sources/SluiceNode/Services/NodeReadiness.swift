// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether the node should get traffic: from the moment it serves to the moment it drains.
final class NodeReadiness: Sendable {
    private enum State { case starting, serving, draining }

    private let state = Mutex(State.starting)

    func begin() {
        state.withLock { if $0 == .starting { $0 = .serving } }
    }

    func end() { state.withLock { $0 = .draining } }

    var isServing: Bool { state.withLock { $0 == .serving } }
    var isDraining: Bool { state.withLock { $0 == .draining } }
}
