// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel

/// `sluice client-setup`: what callers paste into their clients.
struct ClientSetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-setup",
        abstract: "Print what to paste into curl, the libraries, Claude Code, Codex and LangChain.",
        discussion: """
            sluice client-setup --route support                        all of them; the key comes from $SLUICE_KEY
            sluice client-setup --route support --client codex         one, and nothing else: a file, or a script
            sluice client-setup --route support --client openai | python

            A key stands in the text only where --key gives it: sluice key create shows one, once. Any client reaches any
            route: what its provider does not speak is translated (docs/dialects.md).
            """
    )

    @Option(help: ArgumentHelp("The route, or one of its aliases: what clients call the model.", valueName: "route"))
    var route: String

    @Option(help: "Where callers reach the relay.")
    var url = "http://127.0.0.1:4000"

    @Option(help: ArgumentHelp("The caller's key; without it the texts read $SLUICE_KEY.", valueName: "key"))
    var key: String?

    @Option(help: "Only for this client: \(ClientSetup.Client.allCases.map(\.rawValue).joined(separator: ", ")).")
    var client: ClientSetup.Client?

    func run() throws {
        let setup: ClientSetup
        do throws(CommandFailure) {
            setup = try ClientSetup(url: url, route: route, key: key)
        } catch {
            throw ValidationError(error.body.message)
        }
        print(client.map { setup.text(for: $0) } ?? setup.all, terminator: "")
    }
}

extension ClientSetup.Client: ExpressibleByArgument {}
