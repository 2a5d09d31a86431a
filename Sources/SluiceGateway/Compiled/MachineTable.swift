// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Whose tokens machines may show, in one snapshot: told from that of the next by which object it is.
final class MachineTable: Sendable {
    let access: MachineAccess

    init(_ access: MachineAccess) { self.access = access }
}
