// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FoundationEssentials
import SluiceAdminModel
import SluiceCore

/// Where the admin API is and how answers are shown: the options all operator verbs share.
struct Connection: ParsableArguments {
    @Option(
        name: .customLong("admin-url"),
        help: ArgumentHelp(
            "Where the admin API listens (default: $SLUICE_ADMIN_URL, or http://127.0.0.1:4001).",
            valueName: "url"
        )
    )
    var adminURL: String?

    @Option(
        help: ArgumentHelp(
            "The admin token. Other users of this machine can see it here; $SLUICE_ADMIN_TOKEN is better.",
            valueName: "token"
        )
    )
    var token: String?

    @Flag(help: "Write the answer as JSON.")
    var json = false

    static let standardURL = "http://127.0.0.1:4001"
    /// Where `sluice serve` keeps a token it made itself, below its working directory.
    static let tokenFile = "sluice-data/admin-token"

    /// Does something with a client; what fails is printed to standard error and ends the process with its code.
    ///
    /// - Parameter isOpen: the work needs no token.
    func run(isOpen: Bool = false, _ work: (AdminClient, Terminal) async throws -> Void) async throws {
        let terminal = Terminal(writesJSON: json)
        do {
            let environment = ProcessInfo.processInfo.environment
            let base = try base(environment)
            try await AdminClient.with(
                base: base,
                token: isOpen ? "" : try token(environment, for: base),
                actor: environment["SLUICE_ACTOR"] ?? environment["USER"]
            ) { try await work($0, terminal) }
        } catch let failure as CommandFailure {
            terminal.complain(failure)
            throw ExitCode(failure.exit.rawValue)
        }
    }

    private func base(_ environment: [String: String]) throws(CommandFailure) -> String {
        var text = adminURL ?? environment["SLUICE_ADMIN_URL"] ?? Connection.standardURL
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/v1/admin") { text.removeLast(9) }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw .usage("The admin URL '\(text)' must begin with http:// or https://.")
        }
        return text
    }

    /// What `sluice login` keeps; absent where there is no place for it.
    static var loginFile: LoginFile? { LoginFile(ProcessInfo.processInfo.environment) }

    private func token(_ environment: [String: String], for base: String) throws(CommandFailure) -> String {
        if let given = token ?? environment["SLUICE_ADMIN_TOKEN"], !given.isEmpty { return given }
        if environment["SLUICE_ADMIN_TOKEN_FILE"] == nil, let kept = LoginFile(environment)?.token(for: base) {
            return kept
        }
        let path = environment["SLUICE_ADMIN_TOKEN_FILE"] ?? Connection.tokenFile
        if let kept = try? String(contentsOfFile: path, encoding: .utf8) {
            let text = kept.filter { !$0.isWhitespace }
            if !text.isEmpty { return text }
        }
        throw .usage(
            "An admin token is needed.",
            hint:
                "Sign in with 'sluice login', set SLUICE_ADMIN_TOKEN, or run this in the folder where 'sluice serve' made \(Connection.tokenFile)."
        )
    }
}

/// Why a change is made; kept in the audit.
struct ReasonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Why; kept in the audit.", valueName: "text"))
    var reason: String?
}
