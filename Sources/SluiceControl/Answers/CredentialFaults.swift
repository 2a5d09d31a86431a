// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import Synchronization

/// A provider whose credential does not open.
package struct CredentialFault: Sendable, Equatable {
    package var provider: ProviderID
    package var reason: SealFault
}

/// Those of now, for whoever asks how the node is.
package final class CredentialFaults: Sendable {
    private let faults = Mutex<[CredentialFault]>([])

    /// In a sentence each.
    package var problems: [String] {
        faults.withLock { $0 }.map { "provider \($0.provider) is not served: \($0.reason)" }
    }

    /// Takes what holds now; answers what is new.
    func take(_ next: [CredentialFault]) -> [CredentialFault] {
        faults.withLock { known in
            let new = next.filter { !known.contains($0) }
            known = next
            return new
        }
    }
}
