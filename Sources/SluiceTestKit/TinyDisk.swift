// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file system of two megabytes, to see what a full disk does; needs the right to mount.
package enum TinyDisk {
    /// Whether this process may mount one; where not, the tests that need it are skipped and say so.
    package static let isPossible: Bool =
        (try? withTemporaryDirectory { (directory: String) throws -> Bool in
            guard mount(directory) else { return false }
            unmount(directory)
            return true
        }) ?? false

    package static func with(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            guard mount(directory) else { throw CocoaError(.fileWriteNoPermission) }
            defer { unmount(directory) }
            try await body(directory)
        }
    }

    /// Fills the disk but for some bytes; the file's removal makes room again.
    package static func fill(_ directory: String, leaving bytes: Int) throws -> String {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: directory)
        let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        let path = directory + "/ballast"
        try Data(count: max(0, free - bytes)).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func mount(_ directory: String) -> Bool {
        run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory])
    }

    private static func unmount(_ directory: String) {
        if !run("/usr/bin/umount", [directory]) { _ = run("/usr/bin/umount", ["-l", directory]) }
    }

    private static func run(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
