// SPDX-License-Identifier: Apache-2.0
package import Logging
import SluiceControl
import SluiceCore
import SluiceTelemetry

extension Node {
    /// Reads a configuration file, opens what it names, and puts it in force; nothing listens yet.
    ///
    /// - Parameters:
    ///   - environment: what `${NAME}` in the file is taken from.
    ///   - acceptLoss: starts although the store, its pepper or a part of the journal is gone.
    ///   - log: `nil` writes to standard error, as the file says.
    /// - Throws: ``ConfigurationFileError``, ``FileError``, ``NodeError``, or the error of a room.
    package static func start(
        file: String,
        environment: [String: String],
        acceptLoss: Bool = false,
        log: Logger? = nil
    ) async throws -> Node {
        let configuration = try NodeConfiguration.load(file, environment: environment, now: WallClock.now())
        let lines = log == nil ? standardLines(configuration.log) : nil
        let log = log ?? lines.map { standardLog(configuration.log, to: $0) } ?? Logger(label: "sluice")
        do {
            return try await start(
                configuration,
                file: file,
                environment: environment,
                acceptLoss: acceptLoss,
                log: log,
                lines: lines
            )
        } catch {
            await lines?.flush(within: logPatience)
            throw error
        }
    }

    private static func start(
        _ configuration: NodeConfiguration,
        file: String,
        environment: [String: String],
        acceptLoss: Bool,
        log: Logger,
        lines: LineWriter?
    ) async throws -> Node {
        for warning in configuration.warnings {
            log.warning("configuration", metadata: ["sluice.reason": "\(warning.text(file: file))"])
        }
        var random = SystemRandomNumberGenerator()
        let secrets = try NodeSecrets.load(for: configuration, acceptLoss: acceptLoss, using: &random)
        if secrets.isAdminTokenNew, let path = secrets.adminTokenFile {
            log.notice("made an admin token", metadata: ["sluice.file": "\(path)"])
        }
        let parts: Parts
        do {
            try configuration.checkOwners(adminToken: secrets.adminToken)
            parts = try await build(configuration, secrets, acceptLoss: acceptLoss, log, lines)
        } catch {
            secrets.withdrawPepper(of: configuration.store)
            throw error
        }
        let firstStart: FirstStart?
        do {
            firstStart = try await FirstStart.make(configuration, secrets, parts.control)
        } catch {
            await parts.release()
            throw error
        }
        return Node(
            parts: parts,
            file: file,
            environment: environment,
            configuration: configuration,
            firstStart: firstStart
        )
    }

    /// How long the end of a node waits for somebody to read its last log lines.
    static let logPatience = Duration.seconds(1)

    private static func standardLines(_ settings: NodeConfiguration.Log) -> LineWriter {
        LineWriter.standardError(format: settings.format) { WallClock.now().description }
    }

    private static func standardLog(_ settings: NodeConfiguration.Log, to lines: LineWriter) -> Logger {
        Logger(label: "sluice") { label in
            StreamLog(
                label: label,
                format: settings.format,
                level: settings.level,
                now: { WallClock.now().description },
                write: { lines.write($0) }
            )
        }
    }
}

extension FirstStart {
    /// Makes the first caller key, where the configuration is the one a first start writes and nobody has a key yet.
    static func make(
        _ configuration: NodeConfiguration,
        _ secrets: NodeSecrets,
        _ control: ControlPlane
    ) async throws -> FirstStart? {
        guard configuration.isStarter, let file = secrets.adminTokenFile, await control.keys().isEmpty else {
            return nil
        }
        let made = try await control.createKey(name: "first", Change(by: "sluice", because: "first start"))
        return FirstStart(adminToken: secrets.adminToken, adminTokenFile: file, callerKey: made.text)
    }
}
