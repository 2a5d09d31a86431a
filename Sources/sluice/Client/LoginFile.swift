// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The tokens that `sluice login` got, each for the server it is of: a file that only its owner may read.
struct LoginFile {
    let path: String
    private var servers: JSONObject

    /// Where it is: `SLUICE_LOGIN_FILE`, else below the folder of settings.
    ///
    /// - Returns: nothing where there is no home.
    init?(_ environment: [String: String]) {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = given("SLUICE_LOGIN_FILE") {
            self.path = path
        } else if let folder = given("XDG_CONFIG_HOME") {
            path = "\(folder)/sluice/logins.json"
        } else if let home = given("HOME") {
            path = "\(home)/.config/sluice/logins.json"
        } else {
            return nil
        }
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        servers = text.flatMap { try? JSONValue(parsing: $0) }?.object ?? JSONObject()
    }

    /// The token for a server, which no other one is shown.
    func token(for base: String) -> String? {
        guard let token = servers[base]?.object?["token"]?.string, !token.isEmpty else { return nil }
        return token
    }

    mutating func set(_ token: String, person: String, expiresAt: String?, for base: String) throws(CommandFailure) {
        var entry: JSONObject = ["token": .string(token), "person": .string(person)]
        entry["expires_at"] = expiresAt.map { .string($0) }
        servers[base] = .object(entry)
        try write()
    }

    mutating func remove(_ base: String) throws(CommandFailure) {
        guard servers[base] != nil else { return }
        servers[base] = nil
        try write()
    }

    /// Written aside with mode 0600 from its first byte on, then put in the place of the former one.
    private func write() throws(CommandFailure) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        LoginFile.make(folder)
        let aside = "\(path).\(getpid()).new"
        // Safe because: the paths are handed over as C strings for the calls only.
        let descriptor = unsafe open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw fault(errno) }
        let failed = Terminal.write(Array((PrettyJSON.text(.object(servers)) + "\n").utf8), to: descriptor)
        let closed = close(descriptor)
        // Safe because: as above.
        guard failed == nil, closed == 0, unsafe rename(aside, path) == 0 else {
            let code = failed ?? errno
            _ = unsafe unlink(aside)
            throw fault(code)
        }
    }

    private func fault(_ code: Int32) -> CommandFailure {
        CommandFailure(
            .usage,
            "unwritable",
            "\(path) cannot be written (system error \(code)).",
            hint: "Say where with SLUICE_LOGIN_FILE."
        )
    }

    /// Makes a folder and those above it, for its owner alone, where they are missing.
    private static func make(_ folder: String) {
        guard !folder.isEmpty else { return }
        // Safe because: the path is handed over as a C string for the call only.
        guard unsafe mkdir(folder, 0o700) != 0, errno == ENOENT, folder.contains("/") else { return }
        make(folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
        _ = unsafe mkdir(folder, 0o700)
    }
}
