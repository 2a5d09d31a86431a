// SPDX-License-Identifier: Apache-2.0
import SluiceGateway

/// Decides from the process's resident memory what callers are still taken in.
///
/// From 85 % of the limit on new requests are refused, until it is below 80 %; from 95 % on no connection is accepted,
/// until it is below 90 %.
struct MemoryGuard: Equatable {
    private(set) var pressure = Gateway.Pressure.none
    /// Bytes.
    let limit: Int

    init(limit: Int) { self.limit = max(limit, 1) }

    /// What the process has in use without the bodies of requests, at least.
    private var rest = 0

    /// The bytes that bodies of requests may take, where so many are resident and set aside for bodies now.
    mutating func room(resident: Int, bodies: Int) -> Int {
        // Without bodies it is known; with them it is no less than what they cannot explain.
        rest = bodies == 0 ? resident : max(rest, resident - bodies)
        return max(0, limit / 100 * MemoryGuard.high - rest)
    }

    /// Percent of the limit from which on requests are refused.
    private static let high = 85

    /// Looks at the resident memory in bytes; the new pressure where it has changed.
    mutating func look(resident: Int) -> Gateway.Pressure? {
        let percent = Double(resident) / Double(limit) * 100
        let next: Gateway.Pressure
        switch pressure {
        case .none: next = percent >= 95 ? .full : percent >= 85 ? .high : .none
        case .high: next = percent >= 95 ? .full : percent < 80 ? .none : .high
        case .full: next = percent < 80 ? .none : percent < 90 ? .high : .full
        }
        guard next != pressure else { return nil }
        pressure = next
        return next
    }
}
