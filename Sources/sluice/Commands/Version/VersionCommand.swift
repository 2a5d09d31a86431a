// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `sluice version`: register versions, move traffic to them, take it back.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Register versions of a route, move traffic to them, take it back.",
        discussion: """
            A version is a frozen release of a route: a model of a provider and a config. Its states:

              staging -> canary -> production -> deprecated
              canary or production -> rollback -> staging or deprecated

            A gray release by hand:

              sluice version register v2 --api-version gpt-4.1-mini --route chat --config '{"temperature": 0.2}'
              sluice version transition v2 canary --reason "cheaper model"
              sluice version weight v2 5%
              sluice version metrics v2
              sluice version weight v2 25%
              sluice version transition v2 production       (or: sluice version rollback v2)

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [
            VersionRegister.self, VersionList.self, VersionShow.self, VersionDistribution.self,
            VersionTransition.self, VersionWeight.self, VersionThresholds.self, VersionMetricsCommand.self,
            VersionRollback.self, VersionDeprecate.self,
        ]
    )
}
