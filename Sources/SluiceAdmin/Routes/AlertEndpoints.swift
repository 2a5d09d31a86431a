// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Alert channels: how they do, and a test of one.
struct AlertEndpoints: Sendable {
    let control: ControlPlane

    var all: [AdminEndpoint] { [list, test] }

    private var list: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/alerts",
            id: "listAlertChannels",
            tag: "alerts",
            "Alert channels of the configuration, and how they do since the node started.",
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page.", .page(of: "AlertChannel")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let states = control.alerts.states
            let views = control.alerts.channels.map { AlertChannelView($0, states[$0.name]) }
            return try AdminAnswer(try Paging(call).page(views))
        }
    }

    private var test: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/alerts/test",
            id: "testAlertChannel",
            tag: "alerts",
            "Sends a test to a channel now and says what came of it.",
            access: .role(.operator),
            body: .init(schema: .named("AlertTestRequest"), isRequired: true),
            outcomes: [
                .json("What came of it; a receiver that did not take it is an answer too.", .named("AlertTest")),
                .error(404, "There is no such channel."), .error(422, "The body does not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(AlertTestRequest.self)
            let actor = try call.change(nil).actor
            let delivery = try await refusing { () async throws(ControlError) in
                try await control.testAlert(body.channel, by: actor)
            }
            let problem = delivery.problem
            return try AdminAnswer(AlertTestView(channel: body.channel, delivered: problem == nil, error: problem))
        }
    }
}

extension AlertChannelView {
    init(_ channel: AlertChannel, _ state: ChannelState?) {
        self.init(channel: channel.name, type: channel.type, kinds: channel.kinds.sorted())
        guard let state else { return }
        delivered = state.delivered
        failed = state.failed
        givenUp = state.givenUp
        waiting = state.waiting
        lastDeliveredAt = state.lastDeliveredAt?.description
        failingSince = state.failingSince?.description
        lastError = state.lastError
    }
}
