// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Persons' tokens for this API: make, list, revoke.
struct TokenEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp

    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let group = EndpointGroup(below: "/v1/admin/tokens", tag: "tokens")

    var all: [AdminEndpoint] { [list, create, revoke] }

    private var list: AdminEndpoint {
        TokenEndpoints.group(
            "GET",
            "",
            id: "listTokens",
            "Persons' admin tokens, without their texts; those of the configuration file are not among them.",
            role: .viewer,
            parameters: Paging.parameters,
            outcomes: [.json("A page of tokens.", .page(of: "Token")), .error(422, "A parameter does not fit.")]
        ) { [control, now] call throws(AdminRefusal) in
            let now = now()
            let blocked = await control.users().filter(\.isBlocked)
            let views = await control.passes().map { pass in
                TokenView(pass, at: now, isBlocked: blocked.contains { $0.has(pass) })
            }
            return try AdminAnswer(try Paging(call).page(views))
        }
    }

    private var create: AdminEndpoint {
        TokenEndpoints.group(
            "POST",
            "",
            id: "createToken",
            "Makes an admin token for a person and shows its text, this once.",
            role: .owner,
            body: .init(schema: .named("CreateTokenRequest"), isRequired: true),
            outcomes: [
                .json(201, "The token.", .named("NewToken")), .error(404, "There is no such team."),
                .error(409, "The user is blocked."), TokenEndpoints.misfit,
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(CreateTokenRequest.self)
            let change = try call.change(body.reason)
            var wanted: AdminRole?
            if let word = body.role { wanted = try role(word) }
            let role = wanted
            let made = try await refusing { () async throws(ControlError) in
                try await control.createPass(
                    for: body.person,
                    role: role,
                    team: body.team,
                    lifetime: body.expiresInSeconds.map { .seconds($0) },
                    change
                )
            }
            var view = NewTokenView()
            view.view = TokenView(made.pass, at: now())
            view.token = made.text.exposed
            return try AdminAnswer(201, view)
        }
    }

    private var revoke: AdminEndpoint {
        TokenEndpoints.group(
            "POST",
            "/{token}/revoke",
            id: "revokeToken",
            "Ends an admin token now, by its id or by its person.",
            role: .owner,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The token.", .named("Token")), .error(404, "There is no such token."),
                .error(409, "It is the last owner's, or the person has several."), TokenEndpoints.misfit,
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            let pass = try await refusing { () async throws(ControlError) in
                try await control.revokePass(call.text("token"), change)
            }
            return try AdminAnswer(TokenView(pass, at: now()))
        }
    }
}
