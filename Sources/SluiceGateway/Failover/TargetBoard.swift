// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// What all loops' breakers of one place come to, for those who look on; written only when one opens or closes.
final class TargetBoard: Sendable {
    let provider: ProviderID
    let model: String
    /// Loops whose breaker is open, for each kind of failure.
    private let open = Mutex(InlineArray<5, Int>(repeating: 0))

    init(provider: ProviderID, model: String) {
        self.provider = provider
        self.model = model
    }

    func change(from before: UInt8, to after: UInt8) {
        open.withLock { open in
            for group in FaultGroup.allCases {
                let bit = UInt8(1) << UInt8(group.rawValue)
                if before & bit == 0, after & bit != 0 { open[group.rawValue] += 1 }
                if before & bit != 0, after & bit == 0 { open[group.rawValue] -= 1 }
            }
        }
    }

    /// The kinds of failure for which a loop holds this place back.
    var openGroups: [FaultGroup] { open.withLock { open in FaultGroup.allCases.filter { open[$0.rawValue] > 0 } } }
}
