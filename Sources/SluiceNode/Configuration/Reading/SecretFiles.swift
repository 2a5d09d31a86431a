// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The files that a configuration takes secrets from while it is read: `api_key_file`, and `${file:PATH}` anywhere.
final class SecretFiles {
    /// What happens where a file cannot be read.
    enum Missing: Sendable {
        /// The configuration is refused.
        case isAnError
        /// The configuration is taken with a warning: the file may only be there where the node runs.
        case isAWarning
    }

    struct Fault: Error {
        var message: String
    }

    private let missing: Missing
    private let paths: Paths
    /// What each file held, by its path.
    private(set) var contents: [String: Secret<String>] = [:]
    private var warnings: [String] = []

    /// - Parameter paths: relative ones count from there.
    init(_ missing: Missing, paths: Paths) {
        self.missing = missing
        self.paths = paths
    }

    /// What a file holds, without the white space around it.
    func text(at path: String) throws(Fault) -> String {
        let path = paths.resolve(path)
        do throws(FileError) {
            if let text = try SecretFiles.read(path) {
                contents[path] = Secret(text)
                return text
            }
            throw FileError(path: path, message: "there is no such file")
        } catch {
            guard missing == .isAWarning else { throw Fault(message: "the secret's file: \(error)") }
            warnings.append("the secret's file: \(error); the node does not start without it")
            let letters = path.utf8.filter {
                $0.isVisibleASCII && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "`")
            }
            return "not-read-0123456789-\(String(decoding: letters, as: UTF8.self))-"
        }
    }

    /// The warnings since the last call.
    func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }

    /// The text of a file, trimmed; `nil` where there is none.
    static func read(_ path: String) throws(FileError) -> String? {
        guard let bytes = try PrivateFile.read(path, limit: 64 << 10) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FileError(path: path, message: "is not UTF-8")
        }
        return SecretRules.trimmed(text)
    }
}
