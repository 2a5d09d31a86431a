// SPDX-License-Identifier: Apache-2.0

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Members in the order they are written; the last of equal names wins.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
