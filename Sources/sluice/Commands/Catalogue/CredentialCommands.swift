// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice provider credential`: credentials that are sealed in the store.
struct ProviderCredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential",
        abstract: "Set the credentials of providers that have `credential: stored` in the configuration.",
        discussion: """
            A credential is read from standard input, sealed under the master key of the configuration, and never shown
            again. Requests that begin afterwards show it; no restart is needed.

              sluice provider credential set openai < key.txt
              sluice provider credential rewrap      (after a new master key was put before the old one)

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [CredentialSet.self, CredentialRemove.self, CredentialRewrap.self]
    )
}

struct CredentialSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Seal a provider's credential, read from standard input."
    )

    @Argument(help: "The provider.")
    var provider: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let text = readLine(strippingNewline: true) ?? ""
            guard !text.isEmpty else {
                throw CommandFailure.usage(
                    "There is no credential on standard input.",
                    hint: "sluice provider credential set \(command.provider) < FILE"
                )
            }
            var request = CredentialRequest()
            request.credential = text
            request.reason = command.reason.reason
            let body = try AdminJSON.value(of: request)
            let answer = try await client.call("PUT", ["providers", command.provider, "credential"], body: body)
            try terminal.show(answer) {
                let view = try AdminClient.shape(ProviderView.self, of: answer, from: client.base)
                let version = view.credentialVersion.map { " (version \($0))" } ?? ""
                return Terminal.clean("The credential of \(view.provider) is set\(version).")
            }
        }
    }
}

struct CredentialRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take a provider's credential away; its requests get 503 until there is another."
    )

    @Argument(help: "The provider.")
    var provider: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("DELETE", ["providers", command.provider, "credential"], body: body)
            try terminal.show(answer) { Terminal.clean("The credential of \(command.provider) is removed.") }
        }
    }
}

struct CredentialRewrap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap",
        abstract: "Wrap all credentials' data keys by the first master key of the configuration."
    )

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["providers", "credentials", "rewrap"], body: body)
            try terminal.show(answer) {
                let view = try AdminClient.shape(RewrapView.self, of: answer, from: client.base)
                return "\(view.rewrapped) of \(view.credentials) credentials were wrapped anew."
            }
        }
    }
}
