// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

extension Channel {
    /// The caller's IP address; an IPv4 one in its own form also on a socket that takes both kinds.
    var peerName: String {
        guard let address = remoteAddress?.ipAddress else { return "unix" }
        return address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
    }
}

/// How many connections may be open, in all and per address; touched when one opens or closes, never per request.
final class ConnectionBudget: Sendable {
    private let total: Int
    private let perAddress: Int
    private let state = Mutex<(count: Int, refusals: Int, byAddress: [String: Int])>((0, 0, [:]))

    /// Callers beyond the limit that get an answer at the same time; those beyond that are cut off.
    private static let mostRefusals = 32

    init(total: Int, perAddress: Int) {
        self.total = total
        self.perAddress = perAddress
    }

    var count: Int { state.withLock { $0.count } }

    /// Takes a slot, or says no.
    func take(_ address: String) -> Bool {
        state.withLock { state in
            let own = state.byAddress[address, default: 0]
            guard state.count < total, own < perAddress else { return false }
            state.count += 1
            state.byAddress[address] = own + 1
            return true
        }
    }

    func giveBack(_ address: String) {
        state.withLock { state in
            state.count -= 1
            let own = state.byAddress[address, default: 1]
            state.byAddress[address] = own > 1 ? own - 1 : nil
        }
    }

    /// Takes a slot for a moment: long enough to be answered that there is none.
    func takeRefusal() -> Bool {
        state.withLock { state in
            guard state.refusals < ConnectionBudget.mostRefusals else { return false }
            state.refusals += 1
            return true
        }
    }

    func giveBackRefusal() { state.withLock { $0.refusals -= 1 } }
}
