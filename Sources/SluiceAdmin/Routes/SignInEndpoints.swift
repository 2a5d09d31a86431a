// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Signing in by an issuer of identities, in a browser and for a device; who one is; signing out.
struct SignInEndpoints: Sendable {
    let control: ControlPlane
    let desk: SignInDesk?
    let now: @Sendable () -> Timestamp

    private static let tag = "sign-in"
    private static let failed: [AdminEndpoint.Outcome] = [
        .error(400, "It does not belong to a sign-in that was begun here."),
        .error(403, "The person may not come in."), .error(404, "The configuration has no auth.oidc."),
        .error(429, "Too many begin."), .error(502, "The issuer does not answer as it should."),
        .error(503, "The store cannot be reached."),
    ]
    private static let redirect = AdminEndpoint.Outcome(
        status: 302,
        about: "Where to go (location).",
        schema: .string,
        mediaType: "text/plain"
    )

    var all: [AdminEndpoint] { [login, callback, device, deviceToken, session, end] }

    private func open(
        _ method: String,
        _ path: String,
        id: String,
        _ about: String,
        parameters: [AdminEndpoint.Parameter] = [],
        body: AdminEndpoint.Body? = nil,
        outcomes: [AdminEndpoint.Outcome],
        handler: @escaping @Sendable (AdminCall, SignInDesk) async throws(AdminRefusal) -> AdminAnswer
    ) -> AdminEndpoint {
        AdminEndpoint(
            method,
            "/v1/admin/oidc\(path)",
            id: id,
            tag: SignInEndpoints.tag,
            about,
            access: .open,
            parameters: parameters,
            body: body,
            outcomes: outcomes + SignInEndpoints.failed
        ) { [desk] call throws(AdminRefusal) in
            guard let desk else {
                throw AdminRefusal(
                    404,
                    "not_found",
                    "Nobody can sign in here: the configuration has no auth.oidc.",
                    hint: "Use an admin token, or see docs/sign-in.md."
                )
            }
            return try await handler(call, desk)
        }
    }

    private var login: AdminEndpoint {
        open(
            "GET",
            "/login",
            id: "signIn",
            "Sends a browser to the issuer to sign in.",
            parameters: [
                .init(name: "return_to", schema: .string, about: "The path to go to afterwards (default: /).")
            ],
            outcomes: [SignInEndpoints.redirect]
        ) { call, desk throws(AdminRefusal) in
            let path = call.query["return_to"] ?? "/"
            let departure = try await signing { () async throws(SignInFault) in
                try await desk.begin(returningTo: path)
            }
            let cookie = SessionCookie(desk.rules)
            return AdminAnswer(
                redirect: departure.url,
                setting: [cookie.set(cookie.ticket, departure.ticket, seconds: 600)]
            )
        }
    }

    private var callback: AdminEndpoint {
        open(
            "GET",
            "/callback",
            id: "finishSignIn",
            "Takes a browser back from the issuer, gives it a session, and sends it on.",
            outcomes: [SignInEndpoints.redirect]
        ) { call, desk throws(AdminRefusal) in
            let cookie = SessionCookie(desk.rules)
            let arrival = try await signing { () async throws(SignInFault) in
                try await desk.finish(call.query, ticket: call.cookies[cookie.ticket])
            }
            return AdminAnswer(
                redirect: desk.rules.publicURL + arrival.returnTo,
                setting: [
                    cookie.clear(cookie.ticket),
                    cookie.set(
                        cookie.session,
                        arrival.session.text.exposed,
                        seconds: desk.rules.lifetime.components.seconds
                    ),
                ]
            )
        }
    }

    private var device: AdminEndpoint {
        open(
            "POST",
            "/device",
            id: "beginDeviceSignIn",
            "Begins to sign a person in who is at a device without a browser, as `sluice login` does.",
            outcomes: [.json(201, "What the person needs.", .named("DeviceSignIn"))]
        ) { _, desk throws(AdminRefusal) in
            let start = try await signing { () async throws(SignInFault) in try await desk.beginDevice() }
            var view = DeviceSignInView()
            view.ticket = start.ticket
            view.userCode = start.userCode
            view.verificationURI = start.url
            view.verificationURIComplete = start.completeURL
            view.interval = start.interval
            view.expiresIn = start.expiresIn
            return try AdminAnswer(201, view)
        }
    }

    private var deviceToken: AdminEndpoint {
        open(
            "POST",
            "/device/token",
            id: "finishDeviceSignIn",
            "The admin token of a person who has signed in; 400 authorization_pending until they have.",
            body: .init(schema: .named("DeviceTokenRequest"), isRequired: true),
            outcomes: [.json(201, "The token.", .named("NewToken")), .error(422, "The body does not fit.")]
        ) { [now] call, desk throws(AdminRefusal) in
            let body = try call.shape(DeviceTokenRequest.self)
            let made = try await signing { () async throws(SignInFault) in
                try await desk.finishDevice(ticket: body.ticket)
            }
            var view = NewTokenView()
            view.view = TokenView(made.pass, at: now())
            view.token = made.text.exposed
            return try AdminAnswer(201, view)
        }
    }

    private var session: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/session",
            id: "readSession",
            tag: SignInEndpoints.tag,
            "Who makes this call, and what they may do.",
            access: .role(.viewer),
            forTeams: true,
            outcomes: [.json("Who.", .named("Session"))]
        ) { call throws(AdminRefusal) in
            var view = SessionView()
            view.person = call.actor
            view.role = call.bearer?.role.rawValue ?? ""
            view.team = call.team
            view.kind = call.bearer?.pass.map { $0.signIn?.kind.rawValue ?? "token" } ?? "file"
            view.id = call.bearer?.pass?.id.rawValue
            view.issuer = call.bearer?.pass?.signIn?.issuer
            view.expiresAt = call.bearer?.pass?.expiresAt?.description
            view.csrfToken = call.bearer?.proof
            return try AdminAnswer(view)
        }
    }

    private var end: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/session/end",
            id: "signOut",
            tag: SignInEndpoints.tag,
            "Signs out: ends the session, or the person's token, that makes this call.",
            access: .role(.viewer),
            forTeams: true,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("What has ended.", .named("Token")), .error(404, "It has ended already."),
                .error(409, "A token that was not made by signing in is revoked by an owner."),
                .error(422, "The body does not fit."),
            ]
        ) { [control, desk, now] call throws(AdminRefusal) in
            _ = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            guard let pass = call.bearer?.pass, pass.signIn != nil else {
                throw AdminRefusal(
                    409,
                    "invalid_state",
                    "This token was not made by signing in, so that signing out does not end it.",
                    hint: "An owner revokes it: `sluice token revoke ID` (POST /v1/admin/tokens/{token}/revoke)."
                )
            }
            let ended = try await refusing { () async throws(ControlError) in try await control.signOut(pass.id) }
            var answer = try AdminAnswer(TokenView(ended, at: now()))
            if let desk, pass.isSession {
                let cookie = SessionCookie(desk.rules)
                answer.cookies = [cookie.clear(cookie.session)]
            }
            return answer
        }
    }
}

/// A sign-in's fault as this plane answers it.
private func signing<Answer: Sendable>(
    _ use: () async throws(SignInFault) -> Answer
) async throws(AdminRefusal) -> Answer {
    do throws(SignInFault) { return try await use() } catch {
        throw AdminRefusal(error.code.status, error.code.rawValue, error.message, hint: error.hint)
    }
}
