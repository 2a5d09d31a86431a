// SPDX-License-Identifier: Apache-2.0

/// Where alerts go, as far as deciding on them is concerned: its name, and what it wants to hear.
package struct AlertChannel: Sendable, Hashable {
    /// As in the configuration; messages in the outbox carry it.
    package var name: String
    /// Kinds of news such as `rollout.rolled_back`; empty for all.
    package var kinds: Set<String>

    package init(name: String, kinds: Set<String> = []) {
        self.name = name
        self.kinds = kinds
    }

    package func wants(_ kind: String) -> Bool { kinds.isEmpty || kinds.contains(kind) }
}
