// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// File systems whose locks do not hold across hosts as SQLite needs them.
enum NetworkFileSystem {
    private static let types: Set<Substring> = [
        "nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "ncpfs", "fuse.sshfs",
    ]

    /// The name of the network file system a directory lies on, or `nil` for a local one (or where it cannot be told).
    static func name(at directory: String) -> String? {
        guard
            let device = FileIdentity(path: directory)?.deviceNumbers,
            let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        else { return nil }
        return name(ofDevice: device, in: mounts)
    }

    /// Looks a device (`major:minor`) up in the text of Linux's `/proc/self/mountinfo`, described in proc(5).
    static func name(ofDevice device: String, in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard
                fields.count > 2, fields[2] == device,
                let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count,
                types.contains(fields[dash + 1])
            else { continue }
            return String(fields[dash + 1])
        }
        return nil
    }
}
