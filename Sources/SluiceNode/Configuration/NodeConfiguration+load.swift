// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

extension NodeConfiguration {
    /// Reads a configuration file.
    ///
    /// - Parameter toleratesMissingFiles: takes it although a file that holds a secret is not here.
    /// - Throws: ``ConfigurationFileError`` with everything that is wrong, by line; or that the file cannot be read.
    package static func load(
        _ file: String,
        environment: [String: String],
        toleratesMissingFiles: Bool = false,
        now: Timestamp
    ) throws(ConfigurationFileError) -> NodeConfiguration {
        let text = try text(of: file)
        var configuration = try read(
            text,
            file: file,
            environment: environment,
            toleratesMissingFiles: toleratesMissingFiles,
            now: now
        )
        if PrivateFile.isReadableByOthers(file), configuration.holdsSecrets(text) {
            configuration.warnings.append(
                ConfigProblem(.warning, line: 0, "holds secrets, and others may read it; chmod 600 \(file)")
            )
        }
        return configuration
    }

    static func text(of file: String) throws(ConfigurationFileError) -> String {
        func refuse(_ message: String) -> ConfigurationFileError {
            ConfigurationFileError(file: file, problems: [ConfigProblem(.error, line: 0, message)])
        }
        let bytes: [UInt8]?
        do throws(FileError) {
            bytes = try PrivateFile.read(file, limit: YAMLTree.maximumBytes)
        } catch {
            throw refuse(error.message)
        }
        guard let bytes else { throw refuse("there is no such file") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = firstLineOutsideUTF8(bytes)
            throw ConfigurationFileError(file: file, problems: [ConfigProblem(.error, line: line, "is not UTF-8")])
        }
        return text
    }

    private static func firstLineOutsideUTF8(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
    }

    /// Whether a credential stands in the text itself rather than in the environment.
    private func holdsSecrets(_ text: String) -> Bool {
        var secrets = keys.map(\.text.exposed) + providers.compactMap { $0.provider.apiKey?.exposed }
        secrets += alerts.flatMap(\.secrets)
        if case .given(let token) = admin.token { secrets.append(token.exposed) }
        return secrets.contains { text.contains($0) }
    }
}
