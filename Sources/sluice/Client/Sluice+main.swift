// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

extension Sluice {
    /// Runs the command that was asked for; a wrong command line ends with code 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.error(fullMessage(for: error))
            exit(withError: ExitCode(CommandFailure.Exit.usage.rawValue))
        }
    }
}
