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
    /// Whether the pepper was made just now.
    package var isPepperNew = false

    /// Reads them, or makes those that are missing.
    ///
    /// - Parameter acceptLoss: makes a new pepper beside a store that has lost its own, and a new store beside a pepper.
    package static func load(
        for configuration: NodeConfiguration,
        acceptLoss: Bool = false,
        using generator: inout some RandomNumberGenerator
    ) throws(FileError) -> NodeSecrets {
        try configuration.requireFolders()
        if !acceptLoss { try checkBelonging(configuration.store) }
        let (token, file, isNew) = try adminToken(of: configuration, using: &generator)
        // Last, for it is what shows that there was a store.
        let isPepperNew = try !PrivateFile.exists(pepperPath(of: configuration.store))
        return NodeSecrets(
            adminToken: token,
            adminTokenFile: file,
            isAdminTokenNew: isNew,
            pepper: try pepper(beside: configuration.store, using: &generator),
            isPepperNew: isPepperNew
        )
    }

    private static func adminToken(
        of configuration: NodeConfiguration,
        using generator: inout some RandomNumberGenerator
    ) throws(FileError) -> (Secret<String>, file: String?, isNew: Bool) {
        switch configuration.admin.token {
        case .given(let token): return (token, nil, false)
        case .file(let path):
            let (token, isNew) = try adminToken(at: path, using: &generator)
            return (token, path, isNew)
        }
    }

    /// Takes a pepper back that was made for a store which then could not be made: it would look like a store that is lost.
    func withdrawPepper(of store: StoreAddress) {
        guard isPepperNew, let hasStore = try? PrivateFile.exists(store.path), !hasStore else { return }
        PrivateFile.remove(NodeSecrets.pepperPath(of: store))
    }

    /// A store and its pepper belong together: one without the other is a loss, never a first start.
    private static func checkBelonging(_ store: StoreAddress) throws(FileError) {
        let pepper = pepperPath(of: store)
        var hasStore = try PrivateFile.exists(store.path)
        if !hasStore { hasStore = try PrivateFile.exists("\(store.path)-wal") }
        switch (hasStore, try PrivateFile.exists(pepper)) {
        case (true, true), (false, false): return
        case (true, false):
            throw FileError(
                path: pepper,
                message: "is gone, and \(store.path) is there: without it no caller key is valid any more. "
                    + "Bring it back from the backup, or start with --accept-loss to make a new one and new keys"
            )
        case (false, true):
            throw FileError(
                path: store.path,
                message: "is gone, and \(pepper) is there: versions, keys, audit and ledger would begin anew. "
                    + "Bring it back from the backup, or start with --accept-loss if that is meant"
            )
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
        let token = SecretRules.trimmed(text)
        if let fault = SecretRules.fault(of: token, minimum: 16) {
            throw FileError(path: path, message: "the admin token in it \(fault)")
        }
        return (Secret(token), isNew)
    }
}

extension NodeConfiguration {
    /// Makes the folders that the node writes to where they are missing, and makes sure that it can.
    func requireFolders() throws(FileError) {
        func key(_ path: String, _ own: String) -> String {
            path == dataDirectory || path.hasPrefix("\(dataDirectory)/") ? "data_dir" : own
        }
        try PrivateFile.requireFolder(dataDirectory, key: "data_dir")
        let folder = Paths.folder(of: store.path)
        try PrivateFile.requireFolder(folder, key: key(folder, "store"))
        try PrivateFile.requireFolder(journal.directory, key: key(journal.directory, "journal.dir"))
    }

    /// The admin token where it is known without making one: given in the file, or kept in its token file.
    package var knownAdminToken: Secret<String>? {
        switch admin.token {
        case .given(let token): return token
        case .file(let path):
            guard let bytes = try? PrivateFile.read(path, limit: 1 << 10) else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            let token = SecretRules.trimmed(text)
            return token.isEmpty ? nil : Secret(token)
        }
    }
}
