// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The secrets a node keeps in files of its own, made at random where they are missing.
package struct NodeSecrets: Sendable {
    package var adminToken: Secret<String>
    /// The file the admin token is kept in; `nil` where the configuration gives it.
    package var adminTokenFile: String?
    /// Whether the admin token was made just now.
    package var isAdminTokenNew: Bool
    /// Goes into the hash of every caller key: without it, a copy of the store verifies no key.
    package var pepper: Secret<[UInt8]>

    package static func load(
        for configuration: NodeConfiguration,
        using generator: inout some RandomNumberGenerator
    ) throws(FileError) -> NodeSecrets {
        try PrivateFile.makeFolder(configuration.dataDirectory)
        let pepper = try pepper(beside: configuration.store, using: &generator)
        switch configuration.admin.token {
        case .given(let token):
            return NodeSecrets(adminToken: token, adminTokenFile: nil, isAdminTokenNew: false, pepper: pepper)
        case .file(let path):
            let (token, isNew) = try adminToken(at: path, using: &generator)
            return NodeSecrets(adminToken: token, adminTokenFile: path, isAdminTokenNew: isNew, pepper: pepper)
        }
    }

    /// Where the pepper of a store is kept.
    package static func pepperPath(of store: StoreAddress) -> String {
        "\(store.path).pepper"
    }

    private static func pepper(
        beside store: StoreAddress,
        using generator: inout some RandomNumberGenerator
    ) throws(FileError) -> Secret<[UInt8]> {
        let path = pepperPath(of: store)
        try PrivateFile.makeFolder(Paths.folder(of: path))
        let fresh = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        if try PrivateFile.read(path, limit: 1 << 10) == nil { _ = try PrivateFile.create(path, fresh) }
        guard let bytes = try PrivateFile.read(path, limit: 1 << 10), bytes.count >= 32 else {
            throw FileError(path: path, message: "must hold at least 32 random bytes; restore it from the backup")
        }
        return Secret(bytes)
    }

    private static func adminToken(
        at path: String,
        using generator: inout some RandomNumberGenerator
    ) throws(FileError) -> (Secret<String>, isNew: Bool) {
        var isNew = false
        if try PrivateFile.read(path, limit: 1 << 10) == nil {
            let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
            let letters = (0..<43).compactMap { _ in alphabet.randomElement(using: &generator) }
            try PrivateFile.makeFolder(Paths.folder(of: path))
            isNew = try PrivateFile.create(path, Array("sla_".utf8) + letters + [UInt8(ascii: "\n")])
        }
        let bytes = try PrivateFile.read(path, limit: 1 << 10) ?? []
        let text = String(decoding: bytes, as: UTF8.self)
        let token = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        if let fault = SecretRules.fault(of: token, minimum: 16) {
            throw FileError(path: path, message: "the admin token in it \(fault)")
        }
        return (Secret(token), isNew)
    }
}

extension NodeConfiguration {
    /// The admin token where it is known without making one: given in the file, or kept in its token file.
    package var knownAdminToken: Secret<String>? {
        switch admin.token {
        case .given(let token): return token
        case .file(let path):
            guard let bytes = try? PrivateFile.read(path, limit: 1 << 10) else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            return text.split(whereSeparator: \.isWhitespace).first.map { Secret(String($0)) }
        }
    }
}
