// SPDX-License-Identifier: Apache-2.0

/// What a claim must be: one of some texts, or a list that holds one of them.
package struct ClaimRule: Sendable, Equatable {
    /// A claim's name, or names inside each other with dots between them.
    package var claim: String
    package var values: [String]

    package init(_ claim: String, _ values: [String]) {
        self.claim = claim
        self.values = values
    }

    package func holds(for claims: JSONObject) -> Bool {
        claims.texts(at: claim).contains { text in values.contains { $0.utf8.elementsEqual(text.utf8) } }
    }
}

extension JSONObject {
    /// The texts of a claim: itself, or the elements of a list.
    ///
    /// A claim of the whole name goes before one inside others: names that are URLs have dots, too.
    package func texts(at path: String) -> [String] {
        if let value = self[path] { return value.texts }
        var object = self
        var names = path.split(separator: ".", omittingEmptySubsequences: false)[...]
        guard let last = names.popLast() else { return [] }
        for name in names {
            guard let next = object[String(name)]?.object else { return [] }
            object = next
        }
        return object[String(last)]?.texts ?? []
    }
}

extension JSONValue {
    /// A text as a list of one; of a list its texts.
    var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let values): values.compactMap(\.string)
        case .bool(let value): [value ? "true" : "false"]
        default: []
        }
    }
}
