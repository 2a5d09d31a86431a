// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel

extension Components {
    /// Alert channels.
    static let alerts: [Component] = [
        Component(
            name: "AlertChannel",
            about: "A channel of the configuration, and how it does since the node started.",
            fields: [
                .must("channel", .string), .must("type", .string, "`slack`, `pagerduty`, `alertmanager` or `webhook`."),
                .must("kinds", .array(.string), "What it hears; empty for everything."),
                .must("delivered", .integer), .must("failed", .integer, "Tries that failed."),
                .must("given_up", .integer), .must("waiting", .integer, "Messages in the outbox."),
                .may("last_delivered_at", .moment), .may("failing_since", .moment), .may("last_error", .string),
            ]
        ),
        Component(
            name: "AlertTestRequest",
            about: "Which channel to test.",
            fields: [.must("channel", .string)]
        ),
        Component(
            name: "AlertTest",
            about: "What came of a test.",
            fields: [.must("channel", .string), .must("delivered", .boolean), .may("error", .string)]
        ),
    ]
}
