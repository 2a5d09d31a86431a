// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `sluice completion SHELL`: the script that completes this command in a shell.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script for a shell.",
        discussion: """
            bash:  sluice completion bash > ~/.local/share/bash-completion/completions/sluice
            zsh:   sluice completion zsh > ~/.zfunc/_sluice      (with fpath+=~/.zfunc before compinit)
            fish:  sluice completion fish > ~/.config/fish/completions/sluice.fish
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let script: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(Sluice.completionScript(for: script))
    }
}
