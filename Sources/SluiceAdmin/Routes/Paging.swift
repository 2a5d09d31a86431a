// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel

/// Which part of a list a call asks for: `limit` and `cursor`.
struct Paging: Sendable {
    /// 1…1 000, 100 where not given.
    var limit: Int
    /// Where the part begins; what the cursor says.
    var start: Int64

    static let parameters: [AdminEndpoint.Parameter] = [
        .init(name: "limit", schema: .integer(in: 1...1_000), about: "1 to 1000; default 100."),
        .init(name: "cursor", schema: .text(1...19, pattern: "^[0-9]+$"), about: "next_cursor of the page before."),
    ]

    init(_ call: AdminCall) throws(AdminRefusal) {
        limit = try call.number("limit", within: 1...1_000, otherwise: 100)
        start = Int64(try call.number("cursor", within: 0...Int.max, otherwise: 0))
    }

    /// The part of a list that is in memory; its cursor is the number of items before it.
    func page<Item: Codable & Sendable>(_ items: [Item]) -> Page<Item> {
        let first = Int(clamping: min(start, Int64(items.count)))
        let last = min(items.count, first + limit)
        return Page(items: Array(items[first..<last]), nextCursor: last < items.count ? "\(last)" : nil)
    }
}
