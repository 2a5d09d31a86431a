// SPDX-License-Identifier: Apache-2.0
import SluiceJudge

/// Remembers which units a loop has seen on the baseline, to know a unit's first request on the canary after a switch.
///
/// A table of fixed size where a newer unit takes an older one's place: it forgets, but hardly ever invents.
struct EvidenceSwitches {
    private var units = [UInt64](repeating: 0, count: EvidenceSwitches.size)

    private static let size = 16_384

    /// Notes a request; `true` where its unit has been on the baseline and this is its first on the canary.
    mutating func note(_ unit: UInt64, _ arm: Arm) -> Bool {
        let index = Int(truncatingIfNeeded: unit & UInt64(EvidenceSwitches.size - 1))
        guard arm == .canary else {
            units[index] = unit
            return false
        }
        guard units[index] == unit, unit != 0 else { return false }
        units[index] = 0
        return true
    }
}
