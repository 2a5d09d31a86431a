// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// The processors of this machine.
enum Processors {
    /// How many this process may use; at least one.
    static var count: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
