// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceCore
import SluiceNode

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `sluice serve`: one node, in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the relay and its admin API.",
        discussion: """
            Without a configuration file a commented one is written, and the node relays to a built-in simulated
            provider: the printed curl works at once. The admin token and a first caller key are shown on that first
            start only.

              SIGTERM, Ctrl-C   take no new requests, let streams finish, flush the ledger
              SIGHUP            read the file again: put in force whole, or not at all

            Logs go to standard error. `sluice config check` reads a file without starting anything.
            """
    )

    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "sluice.yaml"

    @Flag(
        help: """
            Start although the store, its pepper or a part of the journal is gone, and begin anew with what is missing.
            """
    )
    var acceptLoss = false

    func run() async throws {
        // A closed pipe behind standard output or a socket ends a write, never the process.
        _ = signal(SIGPIPE, SIG_IGN)
        do {
            let wrote = try StarterFile.writeIfMissing(config)
            let node = try await Node.start(file: config, environment: NodeEnvironment.all, acceptLoss: acceptLoss)
            async let welcome: Void = greet(node, wroteFile: wrote)
            try await node.run(trappingSignals: true)
            await welcome
        } catch {
            await Console.complain("sluice: \(error)")
            throw ExitCode.failure
        }
    }

    private func greet(_ node: Node, wroteFile: Bool) async {
        guard let addresses = await node.addresses() else {
            // The start failed, but what a first start made would never be shown again.
            if let key = node.firstStart?.callerKey.exposed {
                await Console.say("Made, and shown this once:\n  caller key  \(key)\n")
            }
            return
        }
        let welcome = Welcome(
            file: config,
            wroteFile: wroteFile,
            addresses: addresses,
            firstStart: node.firstStart,
            route: StarterFile.route
        )
        await Console.say(welcome.text)
    }
}
