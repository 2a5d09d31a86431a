// SPDX-License-Identifier: Apache-2.0

/// How the node is: `GET /v1/admin/status`.
package struct StatusView: DescribedShape {
    /// The software's version.
    package var version = ""
    /// `degraded` is serving, but something is wrong.
    package var state = ""
    /// What is wrong, in a sentence each.
    package var problems: [String] = []
    /// The revision of what is served now; answers carry it as `x-sluice-epoch`.
    package var epoch: Int64 = 0
    package var routes = 0
    package var versions = 0
    package var keys = 0

    package init() {}

    package static let component = (name: "Status", about: "How the node is.")

    package static let fields: [Field<StatusView>] = [
        .must("version", \.version, .string),
        .must("state", \.state, .oneOf(["ready", "degraded", "not_ready"])),
        .must("problems", \.problems, .array(.string)),
        .must("epoch", \.epoch, .integer),
        .must("routes", \.routes, .integer),
        .must("versions", \.versions, .integer),
        .must("keys", \.keys, .integer),
    ]
}
