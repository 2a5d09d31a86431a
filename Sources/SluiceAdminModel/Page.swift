// SPDX-License-Identifier: Apache-2.0

/// Part of a list that can grow: its items under their own name, and where the next part begins.
package struct Page<Item: Sendable & Codable>: Sendable, Codable {
    package var items: [Item]
    /// Given back as `cursor` for the next part; absent on the last.
    package var nextCursor: String?

    package init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }

    private enum CodingKeys: String, CodingKey {
        case items
        case nextCursor = "next_cursor"
    }
}
