// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceNode

/// The `sluice` command: `serve` and the operator verbs.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "A relay for LLM APIs whose speciality is the gray release.",
        discussion: """
            sluice serve                start; writes sluice.yaml the first time
            sluice version list         what is released to whom
            sluice rollout start v2     release it step by step, judged while traffic flows
            sluice COMMAND --help       examples, options, exit codes

            The operator verbs speak to a running node: SLUICE_ADMIN_URL (http://127.0.0.1:4001 without it), and the token
            in SLUICE_ADMIN_TOKEN or in sluice-data/admin-token below the working directory.
            """,
        version: NodeVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Run:",
                subcommands: [
                    ServeCommand.self, DemoCommand.self, ConfigCommand.self, MockCommand.self, ClientSetupCommand.self,
                    CompletionCommand.self,
                ]
            ),
            CommandGroup(
                name: "Release:",
                subcommands: [
                    RolloutCommand.self, VersionCommand.self, RouteCommand.self, ProviderCommand.self,
                    JudgeCommand.self, ShiftCommand.self, MonitorCommand.self, ValidateCommand.self,
                ]
            ),
            CommandGroup(
                name: "People and money:",
                subcommands: [
                    LoginCommand.self, LogoutCommand.self, WhoAmICommand.self, KeyCommand.self, TeamCommand.self,
                    UserCommand.self, TokenCommand.self, BudgetCommand.self,
                    LimitCommand.self, UsageCommand.self, SavingsCommand.self, PriceCommand.self, CurrencyCommand.self,
                    LedgerCommand.self,
                ]
            ),
            CommandGroup(name: "Look:", subcommands: [StatusCommand.self, AuditCommand.self, AlertCommand.self]),
        ]
    )
}
