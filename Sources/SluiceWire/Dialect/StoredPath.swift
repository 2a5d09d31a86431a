// SPDX-License-Identifier: Apache-2.0

/// A path over something that a provider keeps: what may be done there, and whose it must be.
package struct StoredPath: Sendable, Equatable {
    package enum Kind: String, Sendable { case response, conversation }

    /// Below the provider's own path, as the caller wrote it.
    package let path: String
    package let kind: Kind
    /// What somebody must have made through the relay; absent where the path makes it.
    package let id: String?
    /// The methods that are served: `GET, DELETE`.
    package let allowed: String

    private init(_ path: Substring, _ kind: Kind, id: Substring?, _ allowed: String) {
        self.path = String(path)
        self.kind = kind
        self.id = id.map(String.init)
        self.allowed = allowed
    }

    /// - Parameter path: below `/v1`.
    init?(openai path: Substring) {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard path.first == "/", parts.dropFirst().allSatisfy(StoredPath.isID) else { return nil }
        let id = parts.dropFirst().first
        switch (parts.first, parts.count) {
        case ("responses"?, 2): self.init(path, .response, id: id, "GET, DELETE")
        case ("responses"?, 3) where parts[2] == "cancel": self.init(path, .response, id: id, "POST")
        case ("responses"?, 3) where parts[2] == "input_items": self.init(path, .response, id: id, "GET")
        case ("conversations"?, 1): self.init(path, .conversation, id: nil, "POST")
        case ("conversations"?, 2): self.init(path, .conversation, id: id, "GET, POST, DELETE")
        case ("conversations"?, 3) where parts[2] == "items": self.init(path, .conversation, id: id, "GET, POST")
        case ("conversations"?, 4) where parts[2] == "items": self.init(path, .conversation, id: id, "GET, DELETE")
        default: return nil
        }
    }

    /// Ids are letters, digits, `_` and `-`: nothing that a server could take for another path.
    private static func isID(_ text: Substring) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
