// SPDX-License-Identifier: Apache-2.0

/// Paths of the file, which count from the folder the file is in.
struct Paths: Sendable {
    /// The folder of the configuration file; empty for the working directory.
    let folder: String

    /// The path itself where it is absolute, else below the folder.
    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty || folder == "." { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "" }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}
