// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import SluiceCore

/// The time zones of this machine: files of the system's package `tzdata`.
package enum ZoneFiles {
    package static let book = ZoneBook { read($0, in: directories) }

    private static let directories = [
        "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
    ]
    /// Files that exist have a few thousand bytes.
    private static let most = 200_000
    private static let otherwise = "or give a distance from UTC such as +01:00, which knows no daylight-saving time"

    /// The file of a zone; where there is none, why, and what helps.
    static func read(_ name: String, in directories: [String]) -> Result<[UInt8], ZoneBook.Missing> {
        let files = FileManager.default
        let there = directories.filter {
            files.fileExists(atPath: "\($0)/UTC") || files.fileExists(atPath: "\($0)/Europe")
        }
        guard !there.isEmpty else {
            let text =
                "the time zone \"\(name)\" cannot be read, since \(directories.first ?? "the folder of time zones") is not there:"
                + " install the package `tzdata` (in an image on Debian or Ubuntu: apt-get install tzdata), \(otherwise)"
            return .failure(ZoneBook.Missing(text))
        }
        for directory in there {
            let path = "\(directory)/\(name)"
            if let data = files.contents(atPath: path), data.count <= most, data.starts(with: "TZif".utf8) {
                return .success(Array(data))
            }
        }
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        let known = there.flatMap { directory -> [String] in
            let names =
                (try? files.contentsOfDirectory(atPath: folder.isEmpty ? directory : "\(directory)/\(folder)")) ?? []
            return names.filter { !$0.contains(".") }.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
        }
        let nearest = Nearest.names(to: name, among: Array(Set(known)).sorted(), limit: 3)
        let hint = nearest.isEmpty ? "" : "; the nearest are \(nearest.joined(separator: ", "))"
        return .failure(
            ZoneBook.Missing("there is no time zone \"\(name)\" in \(there.joined(separator: ", "))\(hint)")
        )
    }
}
