// SPDX-License-Identifier: Apache-2.0

/// How the node is: `GET /v1/admin/status`.
package struct StatusView: Sendable, Codable {
    /// The software's version.
    package var version: String
    /// `ready`, `degraded` (serving, but something is wrong) or `not_ready`.
    package var state: String
    /// What is wrong, in a sentence each.
    package var problems: [String]
    /// The revision of what is served now; answers carry it as `x-sluice-epoch`.
    package var epoch: Int64
    package var routes: Int
    package var versions: Int
    package var keys: Int

    package init(
        version: String,
        state: String,
        problems: [String],
        epoch: Int64,
        routes: Int,
        versions: Int,
        keys: Int
    ) {
        self.version = version
        self.state = state
        self.problems = problems
        self.epoch = epoch
        self.routes = routes
        self.versions = versions
        self.keys = keys
    }
}
