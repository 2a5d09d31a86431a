// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FoundationEssentials
import SluiceAdminModel
import SluiceCore

struct VersionRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register a version; it begins in staging and takes no traffic.",
        discussion: """
            The config is frozen: a changed config is a new version. Registering the same again changes nothing.

              sluice version register v2 --api-version gpt-4.1 --config '{"temperature": 0.2}'
              sluice version register v2 --api-version gpt-4.1 --config v2.json --route chat
              generate-config | sluice version register v2 --api-version gpt-4.1 --config - --hash
            """
    )

    @Argument(help: "The version's id: 1 to 128 characters of A-Z a-z 0-9 . _ : / @ + -")
    var versionID: String

    @Option(name: .customLong("api-version"), help: "The provider's model.")
    var apiVersion: String

    @Option(help: ArgumentHelp("The config: a JSON object, a file, or - for standard input.", valueName: "json|file|-"))
    var config = "{}"

    @Option(help: "The route; without it, the one that has the model as name or alias, or the only one.")
    var route: String?

    @Option(help: "The provider; without it, that of the route's production version.")
    var provider: String?

    @Option(help: "The first weight, as 0.05 or 5%.")
    var weight: String?

    @Option(help: "The first state: staging, canary or production (default: staging).")
    var state: String?

    @Flag(help: "Compute the config's hash here and have the server check it.")
    var hash = false

    @Option(name: .customLong("config-hash"), help: "The hash the config must have, 16 hex digits.")
    var configHash: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let config = try command.readConfig()
            var request = RegisterRequest(
                versionID: command.versionID,
                apiVersion: command.apiVersion,
                config: RawJSON(config)
            )
            request.weight = try command.weight.map { text throws(CommandFailure) in try Weight.read(text) }
            request.state = command.state
            request.configHash = command.configHash ?? (command.hash ? ConfigHash.of(config) : nil)
            request.route = command.route
            request.provider = command.provider
            request.reason = command.reason.reason
            let answer = try await client.call(
                "POST",
                ["versions", "register"],
                body: try AdminJSON.value(of: request)
            )
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }

    private func readConfig() throws(CommandFailure) -> JSONValue {
        let text: String
        if config == "-" {
            text = TextInput.standardInput()
        } else if config.drop(while: \.isWhitespace).first == "{" {
            text = config
        } else {
            text = try TextInput.file(config)
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: text)
        } catch {
            throw .usage("The config is not JSON: \(error)")
        }
        guard case .object = value else { throw .usage("The config is \(value.kindName), not a JSON object.") }
        return value
    }
}

/// Texts a command reads.
enum TextInput {
    static func file(_ path: String) throws(CommandFailure) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { throw .usage("There is no file \(path).") }
            let isAllowed = FileManager.default.isReadableFile(atPath: path)
            throw .usage("The file \(path) cannot be read: \(isAllowed ? "it is no text in UTF-8" : "not allowed").")
        }
    }

    static func standardInput() -> String {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return text
    }
}

/// A share as people write it: `0.05` or `5%`.
enum Weight {
    static func read(_ text: String) throws(CommandFailure) -> Double {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text) else {
            throw .usage("'\(text)' is no weight.", hint: "Write 0.05 or 5%.")
        }
        let share = isPercent ? number / 100 : number
        guard (0...1).contains(share) else {
            throw .usage("The weight \(text) is outside 0 to 1.", hint: "Write 0.05 or 5% for a twentieth.")
        }
        return share
    }
}
