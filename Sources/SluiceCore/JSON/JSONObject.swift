// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object in their order, with names that are distinct by Unicode scalar.
package struct JSONObject: Sendable {
    /// Name and value, in the order of first appearance.
    package private(set) var members: [(name: String, value: JSONValue)] = []
    /// Where a name stands, by its UTF-8; kept for large objects only.
    private var index: [[UInt8]: Int] = [:]

    private static let indexedFrom = 16

    package init() {}

    /// An object of these members; the last of equal names wins and stands where the first stood.
    package init(_ members: some Sequence<(name: String, value: JSONValue)>) {
        for (name, value) in members { self[name] = value }
    }

    /// The value of a member; names are compared scalar by scalar, not by canonical equivalence.
    package subscript(name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                rebuildIndex()
            case (nil, let value?):
                members.append((name, value))
                if !index.isEmpty {
                    index[Array(name.utf8)] = members.count - 1
                } else if members.count >= JSONObject.indexedFrom {
                    rebuildIndex()
                }
            case (nil, nil):
                break
            }
        }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var names: [String] { members.map(\.name) }

    private func position(of name: String) -> Int? {
        guard index.isEmpty else { return index[Array(name.utf8)] }
        return members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    private mutating func rebuildIndex() {
        index.removeAll()
        guard members.count >= JSONObject.indexedFrom else { return }
        for (position, member) in members.enumerated() { index[Array(member.name.utf8)] = position }
    }
}

extension JSONObject: Equatable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}
