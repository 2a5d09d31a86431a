// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A path over something that a provider keeps: what may be done there, and whose it must be.
package struct StoredPath: Sendable, Equatable {
    package enum Kind: String, Sendable { case response, conversation, file, upload, batch }

    /// Below the provider's own path, as the caller wrote it.
    package let path: String
    package let kind: Kind
    /// What somebody must have made through the relay; absent where the path makes it, or lists what there is.
    package let id: String?
    /// The methods that are served: `GET, DELETE`.
    package let allowed: String
    /// What stands behind the id: `content`, `cancel`.
    private let part: Substring?

    private init(_ path: Substring, _ kind: Kind, id: Substring?, _ allowed: String, part: Substring? = nil) {
        self.path = String(path)
        self.kind = kind
        self.id = id.map(String.init)
        self.allowed = allowed
        self.part = part
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
        case ("files"?, _): self.init(path, files: parts)
        case ("uploads"?, 1): self.init(path, .upload, id: nil, "POST")
        case ("uploads"?, 3) where ["parts", "complete", "cancel"].contains(parts[2]):
            self.init(path, .upload, id: id, "POST", part: parts[2])
        case ("batches"?, 1): self.init(path, .batch, id: nil, "GET, POST")
        case ("batches"?, 2): self.init(path, .batch, id: id, "GET")
        case ("batches"?, 3) where parts[2] == "cancel": self.init(path, .batch, id: id, "POST", part: parts[2])
        default: return nil
        }
    }

    init?(anthropic path: Substring) {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard path.first == "/", parts.first == "v1", parts.count > 1,
            parts.dropFirst(2).allSatisfy(StoredPath.isID)
        else { return nil }
        if parts[1] == "files" {
            self.init(path, files: parts.dropFirst())
            return
        }
        guard parts[1] == "messages", parts.count > 2, parts[2] == "batches" else { return nil }
        let id = parts.dropFirst(3).first
        switch parts.count {
        case 3: self.init(path, .batch, id: nil, "GET, POST")
        case 4: self.init(path, .batch, id: id, "GET, DELETE")
        case 5 where parts[4] == "cancel": self.init(path, .batch, id: id, "POST", part: parts[4])
        case 5 where parts[4] == "results": self.init(path, .batch, id: id, "GET", part: parts[4])
        default: return nil
        }
    }

    /// The same paths in both dialects.
    private init?(_ path: Substring, files parts: [Substring].SubSequence) {
        let id = parts.dropFirst().first
        switch parts.count {
        case 1: self.init(path, .file, id: nil, "GET, POST")
        case 2: self.init(path, .file, id: id, "GET, DELETE")
        case 3 where parts.last == "content": self.init(path, .file, id: id, "GET", part: parts.last)
        default: return nil
        }
    }

    private init?(_ path: Substring, files parts: [Substring]) { self.init(path, files: parts[...]) }

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

extension StoredPath {
    /// What a request to it is on record as.
    package var operation: Operation {
        switch kind {
        case .response, .conversation: .stored
        case .file, .upload: .files
        case .batch: .batches
        }
    }

    /// It belongs to the account, whichever version was asked to make it.
    package var isOfAccount: Bool { operation != .stored }

    /// Asked for with GET it lists what the account keeps, whoever made it.
    package var isList: Bool { id == nil && isOfAccount }

    /// What is answered is the caller's own data, not a description of it.
    package var isContent: Bool { part == "content" || part == "results" }

    /// An answer may name further things that the caller has made: the files of a batch, the file of an upload.
    package var namesMore: Bool { (kind == .batch || kind == .upload) && !isContent }
}
