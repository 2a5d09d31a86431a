// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice login`: who runs the commands is known by the issuer of identities of the node.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Sign in at a node as oneself, by its issuer of identities.",
        discussion: """
            Shows a page and a code: sign in there, with any browser. The token is kept for this node alone, in a file that
            only its owner may read (~/.config/sluice/logins.json, or SLUICE_LOGIN_FILE), until it ends or `sluice logout`.
            Whoever may do what is decided by auth.oidc in the node's configuration.

            SLUICE_ADMIN_TOKEN and SLUICE_ADMIN_TOKEN_FILE go before it.

            Exit codes: 0 signed in, 1 refused, 2 the file cannot be written, 3 server not reached.
            """
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run(isOpen: true) { client, terminal in
            guard var file = Connection.loginFile else {
                throw CommandFailure.usage(
                    "There is no home folder to keep a token in.",
                    hint: "Set SLUICE_LOGIN_FILE."
                )
            }
            let start = try await client.call(DeviceSignInView.self, "POST", ["oidc", "device"])
            let page = start.verificationURIComplete ?? start.verificationURI
            Terminal.error("Open \(Terminal.clean(page))")
            Terminal.error("and make sure that it shows the code \(Terminal.clean(start.userCode)).")
            let made = try await LoginCommand.wait(for: start, client)
            try file.set(made.token, person: made.view.person, expiresAt: made.view.expiresAt, for: client.base)
            try terminal.show(try AdminJSON.value(of: made.view)) {
                let team = made.view.team.map { " of the team \($0)" } ?? ""
                let end = made.view.expiresAt.map { ", until \($0)" } ?? ""
                return Terminal.clean("Signed in as \(made.view.person), \(made.view.role)\(team)\(end).")
            }
        }
    }

    /// Asks until the person has signed in, no more often than is wanted, and no longer than the code is valid.
    private static func wait(
        for start: DeviceSignInView,
        _ client: AdminClient
    ) async throws -> NewTokenView {
        var request = DeviceTokenRequest()
        request.ticket = start.ticket
        let body = try AdminJSON.value(of: request)
        var pause = min(max(start.interval, 1), 60)
        var waited: Int64 = 0
        while waited < min(max(start.expiresIn, 1), 3_600) {
            try await Task.sleep(for: .seconds(pause))
            waited += pause
            do throws(CommandFailure) {
                return try await client.call(NewTokenView.self, "POST", ["oidc", "device", "token"], body: body)
            } catch {
                switch error.body.error {
                case "authorization_pending": continue
                case "slow_down": pause = min(pause + 5, 60)
                default: throw error
                }
            }
        }
        throw CommandFailure(.refused, "expired", "Nobody signed in in time.", hint: "Begin again: sluice login")
    }
}

/// `sluice logout`.
struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "End what `sluice login` began, there and here."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run(isOpen: true) { client, terminal in
            guard var file = Connection.loginFile, let token = file.token(for: client.base) else {
                throw CommandFailure(.refused, "not_signed_in", "Nobody is signed in at \(client.base) here.")
            }
            do throws(CommandFailure) {
                _ = try await client.showing(token).call("POST", ["session", "end"])
            } catch {
                // What has ended there already is only forgotten here.
                guard error.body.error == "invalid_api_key" else { throw error }
            }
            try file.remove(client.base)
            try terminal.show(.object(["signed_out": true])) { Terminal.clean("Signed out of \(client.base).") }
        }
    }
}

/// `sluice whoami`.
struct WhoAmICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Who these commands are for the node, and what they may do."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["session"])
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(SessionView.self, of: answer, from: client.base))
            }
        }
    }
}
